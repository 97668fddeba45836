import { setTimeout as delay } from 'node:timers/promises';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import type { Attachments } from '../attachments.js';

const STOP_WITHIN_MS = 5_000;

/** Settles the claims of this host at once, and again and again until it is stopped. */
export class ClaimsWatch {
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  start(attachments: Attachments, intervalMs: number, log: Log): void {
    this.#running = this.#repeat(attachments, intervalMs, log);
  }

  /** Waits for the look that is going on, but not for a hypervisor or a file system that hangs. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const giveUp = new AbortController();
    const limit = delay(STOP_WITHIN_MS, undefined, { signal: giveUp.signal }).catch(() => {});
    await Promise.race([this.#running, limit]);
    giveUp.abort();
  }

  async #repeat(attachments: Attachments, intervalMs: number, log: Log): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await attachments.settleClaims().catch((error) => {
        log.warn('the claims of this host cannot be settled', errorFields(error));
      });
      await delay(intervalMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
