import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Ending, type Execute, execute, type Listener } from './execute.js';
import { forkProgram } from './forkProgram.js';
import type { Notice, Wish } from './launcherProgram.js';

// Compiled, also when this file is not, as in a test.
const PROGRAM = fileURLToPath(new URL('../../dist/process/launcherProgram.js', import.meta.url));

/** What comes of a program whose launcher was killed. */
const LOST: Ending = {
  ...{ failed: true, signal: 'SIGKILL', timedOut: false, notFound: false },
  ...{ stdout: '', stderr: '' },
};

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
  #isReady = false;
  readonly #running = new Map<number, Running>();
  #last = 0;

  constructor() {
    this.#start();
  }

  /** While it is not there, this process starts programs itself. */
  readonly execute: Execute = (execution, listener) => {
    if (this.#process && this.#isReady) return this.#launch(execution, listener);
    if (!this.#process) this.#start();
    return execute(execution, listener);
  };

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
      this.#tell({ id, execution, isHeard: onOutput !== undefined });
      signal?.addEventListener('abort', giveUp);
      if (signal?.aborted) giveUp();
    });
  };

  /** If it can't be told, it has ended. */
  #tell(wish: Wish): void {
    this.#process?.send(wish, () => undefined);
  }

  #start(): void {
    const child = forkProgram(PROGRAM);
    this.#process = child;
    child?.on('message', (notice: Notice) => this.#hear(notice));
    for (const end of ['exit', 'error'] as const) {
      child?.once(end, () => this.#process === child && this.#lose());
    }
  }

  #hear({ id, output, ending }: Notice): void {
    if (id === undefined) this.#isReady = true;
    const running = this.#running.get(id ?? 0);
    if (output !== undefined) running?.onOutput?.(output);
    if (ending) running?.settle(ending);
  }

  /** With it the kernel has killed what must not outlive its parent. */
  #lose(): void {
    this.#process = undefined;
    this.#isReady = false;
    for (const { settle } of [...this.#running.values()]) settle(LOST);
  }
}
