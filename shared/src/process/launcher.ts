import type { ChildProcess } from 'node:child_process';
import { setImmediate as afterNews, setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { noteCommand } from '../commands.js';
import {
  type Ending,
  type Execute,
  executeHere,
  type Listener,
  NOTHING_HEARD,
} from './execution.js';
import { forkProgram } from './forkProgram.js';
import type { Notice, Wish } from './launcherProgram.js';
import { monotonicMs } from './monotonic.js';

// Compiled, also when this file is not, as in a test.
const PROGRAM = fileURLToPath(new URL('../../dist/process/launcherProgram.js', import.meta.url));

/** What comes of a program whose launcher was killed. */
const LOST: Ending = { ...NOTHING_HEARD, signal: 'SIGKILL' };

/** Milliseconds in which the first launcher is there, or not waited for any longer. */
const START_MS = 5_000;
/** Milliseconds in which a launcher answers. */
const ANSWER_MS = 10_000;

interface Running {
  onOutput: Listener['onOutput'];
  settle(ending: Ending): void;
}

/**
 * A small process that starts programs for this one. To start one, the kernel copies the page tables of whoever does it (`fork`):
 * a service stands still for some milliseconds meanwhile, more the larger it is, and is slower for a while after it.
 */
export class Launcher {
  #process: ChildProcess | undefined;
  /** When it last said something, of {@link monotonicMs}; undefined until it is ready. */
  #heardMs: number | undefined;
  readonly #running = new Map<number, Running>();
  #last = 0;
  /** A service that starts needs programs at once: to load what starts them here would take as long as the launcher does. */
  readonly #first: Promise<unknown>;

  readonly #program: string;

  /** @param program the path of the compiled module */
  constructor(program = PROGRAM, startMs = START_MS) {
    this.#program = program;
    this.#start();
    const child = this.#process;
    const news = (['message', 'exit', 'error'] as const).map(
      (name) => new Promise((resolve) => child?.once(name, resolve)),
    );
    this.#first = child
      ? Promise.race([...news, delay(startMs, undefined, { ref: false })])
      : Promise.resolve();
  }

  /** While it is not there, this process starts programs itself. */
  readonly execute: Execute = async (execution, listener) => {
    const deadlineMs = monotonicMs() + execution.timeoutMs;
    await this.#first;
    if (listener.signal?.aborted) return LOST;
    const timeoutMs = deadlineMs - monotonicMs();
    if (timeoutMs <= 0) return { ...NOTHING_HEARD, timedOut: true };
    const left = { ...execution, timeoutMs };
    if (this.#process && this.#heardMs !== undefined) return this.#launch(left, listener);
    if (!this.#process) this.#start();
    return executeHere(left, listener);
  };

  /**
   * A launcher that says nothing any more, somebody may have stopped it, is killed, and with it what must not outlive it: else no
   * program would ever be started again.
   */
  async doubt(): Promise<void> {
    const child = this.#process;
    // One that is not ready holds nothing up.
    if (!child || this.#heardMs === undefined) return;
    const started = performance.now();
    const askedMs = monotonicMs();
    this.#tell({ isDoubt: true });
    await delay(ANSWER_MS, undefined, { ref: false });
    // Were it this process that stood still, the answer would be there and not read.
    await afterNews();
    if (this.#process !== child || this.#heardMs >= askedMs) return;
    child.kill('SIGKILL');
    const kill = { program: 'kill', args: ['-KILL', String(child.pid)], started, isChange: true };
    noteCommand({ ...kill, error: 'the launcher of programs has not answered' });
  }

  readonly #launch: Execute = (execution, { signal, onOutput }) => {
    const id = ++this.#last;
    return new Promise((resolve) => {
      const giveUp = (): void => this.#tell({ id, isGivenUp: true });
      const settle = (ending: Ending): void => {
        signal?.removeEventListener('abort', giveUp);
        this.#running.delete(id);
        resolve(ending);
      };
      this.#running.set(id, { settle, onOutput });
      const deadlineMs = monotonicMs() + execution.timeoutMs;
      this.#tell({ id, execution, deadlineMs, isHeard: onOutput !== undefined });
      signal?.addEventListener('abort', giveUp);
      if (signal?.aborted) giveUp();
    });
  };

  /** If it can't be told, it has ended. */
  #tell(wish: Wish): void {
    this.#process?.send(wish, () => undefined);
  }

  #start(): void {
    const child = forkProgram(this.#program);
    this.#process = child;
    child?.on('message', (notice: Notice) => this.#process === child && this.#hear(notice));
    for (const end of ['exit', 'error'] as const) {
      child?.once(end, () => this.#process === child && this.#lose());
    }
  }

  #hear({ id, output, ending }: Notice): void {
    this.#heardMs = monotonicMs();
    const running = this.#running.get(id ?? 0);
    if (output !== undefined) running?.onOutput?.(output);
    if (ending) running?.settle(ending);
  }

  /** With it the kernel has killed what must not outlive its parent. */
  #lose(): void {
    this.#process = undefined;
    this.#heardMs = undefined;
    for (const { settle } of [...this.#running.values()]) settle(LOST);
  }
}
