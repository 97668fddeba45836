import { setTimeout as delay } from 'node:timers/promises';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import type { FrontEnd } from '../frontEnd.js';
import { reconcileAttachments } from './attachments.js';
import { reconcileFiles } from './files.js';

/** Brings what was left unfinished to its end, again and again, until it is stopped. */
export class Reconciler {
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  start(frontEnd: FrontEnd, intervalMs: number, patienceMs: number, log: Log): void {
    this.#running = this.#run(
      async () => {
        await reconcileFiles(frontEnd, log);
        await reconcileAttachments(frontEnd, patienceMs, log);
      },
      intervalMs,
      log,
    );
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(round: () => Promise<void>, intervalMs: number, log: Log): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await round().catch((error) => log.error('reconciling failed', errorFields(error)));
      await delay(intervalMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
