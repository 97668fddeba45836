import { setTimeout as delay } from 'node:timers/promises';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import type { FrontEnd } from '../frontEnd.js';
import { reconcileAttachments } from './attachments.js';
import { reconcileFiles } from './files.js';

/** A round may wait for a host that does not answer: the shutdown does not. */
const STOP_WITHIN_MS = 5_000;

/** Brings what was left unfinished to its end, again and again, until it is stopped. */
export class Reconciler {
  readonly #stopping = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  start(frontEnd: FrontEnd, intervalMs: number, patienceMs: number, log: Log): void {
    this.#running = Promise.all([
      this.#repeat(() => reconcileFiles(frontEnd, log), intervalMs, log),
      this.#repeat(() => reconcileAttachments(frontEnd, patienceMs, log), intervalMs, log),
    ]);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const giveUp = new AbortController();
    const limit = delay(STOP_WITHIN_MS, undefined, { signal: giveUp.signal }).catch(() => {});
    await Promise.race([this.#running, limit]);
    giveUp.abort();
  }

  async #repeat(round: () => Promise<void>, intervalMs: number, log: Log): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await round().catch((error) => log.error('reconciling failed', errorFields(error)));
      await delay(intervalMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
