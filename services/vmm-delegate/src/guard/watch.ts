import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { repeat, within } from '@vbs-lustre/shared/waiting';
import type { Attachments } from '../attachments.js';
import type { Copies } from '../copies.js';

const STOP_WITHIN_MS = 5_000;

/** Settles the claims of this host, and ends the copies that nobody asks for, at once, and again and again until it is stopped. */
export class ClaimsWatch {
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  start(attachments: Attachments, copies: Copies, intervalMs: number, log: Log): void {
    const round = async (): Promise<void> => {
      // First, since a machine may be paused for one that was begun before this delegate was started.
      await copies.sweep().catch((error) => {
        log.warn('the copies of this host cannot be looked at', errorFields(error));
      });
      await attachments.settleClaims().catch((error) => {
        log.warn('the claims of this host cannot be settled', errorFields(error));
      });
    };
    this.#running = repeat(round, () => intervalMs, this.#stopping.signal);
  }

  /** Waits for the look that is going on, but not for a hypervisor or a file system that hangs. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await within(STOP_WITHIN_MS, this.#running);
  }
}
