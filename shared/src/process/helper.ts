import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { within } from '../waiting.js';
import type { Answer, Question } from './helperProgram.js';

/** A process in uninterruptible sleep is not waited for longer. */
const KILL_GRACE_MS = 2_000;

/** What comes of a question. `ended`: somebody has ended the helper, or the caller has given up. */
export type Outcome = Answer | 'too late' | 'ended';

/** One helper process, which is asked one question at a time. */
export class Helper {
  readonly #process: ChildProcess;
  readonly #ended = new AbortController();

  constructor(process: ChildProcess) {
    this.#process = process;
    for (const end of ['exit', 'error'] as const) {
      process.on(end, () => this.#ended.abort());
    }
  }

  /** Aborted when the process has ended. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Without an answer, the helper is killed. */
  async ask(question: Question, timeoutMs: number, giveUp?: AbortSignal): Promise<Outcome> {
    const outcome = await new Promise<Outcome>((resolve) => {
      const settle = (outcome: Outcome): void => {
        clearTimeout(limit);
        this.#process.off('message', settle);
        for (const signal of [this.ended, giveUp]) signal?.removeEventListener('abort', end);
        resolve(outcome);
      };
      const end = (): void => settle('ended');
      const limit = setTimeout(settle, timeoutMs, 'too late');
      this.#process.on('message', settle);
      for (const signal of [this.ended, giveUp]) signal?.addEventListener('abort', end);
      // Of what happened before, nobody hears any more.
      if (this.ended.aborted || giveUp?.aborted) return end();
      // If it can't be sent, the process ends.
      this.#process.send(question, () => undefined);
    });
    if (typeof outcome === 'string') await this.kill();
    return outcome;
  }

  /** Waits for the end, but not for long. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    if (!this.ended.aborted) await within(KILL_GRACE_MS, once(this.ended, 'abort'));
  }
}
