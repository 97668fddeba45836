import { newId } from '@vbs-lustre/shared/ids';
import type { Log } from '@vbs-lustre/shared/log';
import { forRequest } from '@vbs-lustre/shared/requestId';
import { repeat, within } from '@vbs-lustre/shared/waiting';
import type { FrontEnd } from '../frontEnd.js';
import { purgeEvents } from '../metadata/events.js';
import { purgeExports } from '../metadata/exports.js';
import { reconcileCopies } from './copies.js';
import { reconcileExtensions } from './extensions.js';
import { FileComparison } from './fileComparison.js';
import { reconcileFiles } from './files.js';
import { Hosts } from './hosts.js';
import { Leader } from './leader.js';
import { Trouble } from './trouble.js';
import { warmCloneRound } from './warmClones.js';

/** A round may wait for a host that does not answer: the shutdown does not. */
const STOP_WITHIN_MS = 5_000;
const PURGE_INTERVAL_MS = 60_000;

/**
 * Brings what was left unfinished to its end, and what disagrees together, again and again, until it is stopped; if this
 * instance is the one that does so for all.
 */
export class Reconciler {
  readonly #stopping = new AbortController();
  readonly #loops: Promise<void>[] = [];
  readonly #rounds = new Set<Promise<void>>();
  #leader: Leader | undefined;

  /** @param patienceMs see {@link Hosts} */
  start(frontEnd: FrontEnd, intervalMs: number, patienceMs: number, log: Log): void {
    const leader = new Leader(frontEnd.database, frontEnd.instance);
    this.#leader = leader;
    const busy = new Set<string>();
    const files = new FileComparison(frontEnd, log);
    const hosts = new Hosts(frontEnd, patienceMs, log);
    const trouble = new Trouble(log);
    const renew = () => trouble.watch('lease', leader.renew());
    const first = renew();
    this.#repeat(renew, leader.renewalMs, first);
    const whileLeading = (work: string, round: () => Promise<void>, everyMs: number): void => {
      // A round may wait for a delegate that does not answer; the next one passes over what is waited for.
      const begin = async () => {
        if (!leader.leads) return;
        // Delegates log what they are asked for under the same id.
        this.#track(trouble.watch(work, forRequest(newId('req'), round)));
      };
      this.#repeat(begin, everyMs, first);
    };
    whileLeading('orders', () => reconcileFiles(frontEnd, log, busy), intervalMs);
    const told = new Set<string>();
    whileLeading('extensions', () => reconcileExtensions(frontEnd, log, told), intervalMs);
    const copied = new Set<string>();
    const copies = () => reconcileCopies(frontEnd, patienceMs, log, copied);
    whileLeading('copies', copies, intervalMs);
    whileLeading('warm clones', warmCloneRound(frontEnd, log), intervalMs);
    whileLeading('hosts', () => hosts.round(), intervalMs);
    whileLeading('files', () => files.pass(), intervalMs);
    whileLeading('events', () => purgeEvents(frontEnd.database), PURGE_INTERVAL_MS);
    whileLeading('exports', () => purgeExports(frontEnd.database), PURGE_INTERVAL_MS);
  }

  /** Whether it is this instance that does so now. */
  get leads(): boolean {
    return this.#leader?.leads ?? false;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await within(STOP_WITHIN_MS, Promise.all([...this.#loops, ...this.#rounds]));
    // Without the database the lease ends by itself.
    await this.#leader?.resign().catch(() => undefined);
  }

  /** @param round never fails */
  #repeat(round: () => Promise<void>, intervalMs: number, first: Promise<void>): void {
    const { signal } = this.#stopping;
    this.#loops.push(first.then(() => repeat(round, () => intervalMs, signal)));
  }

  #track(round: Promise<void>): void {
    const settled = round.finally(() => this.#rounds.delete(settled));
    this.#rounds.add(settled);
  }
}
