import { setTimeout as delay } from 'node:timers/promises';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import pLimit from 'p-limit';
import { partName } from '../storage/partName.js';
import type { SpaceLedger } from '../storage/space.js';
import { InsufficientSpaceError } from '../storage/storage.js';
import { isMade, JobError, makeFile, reserve } from './execute.js';
import { isSameOrder, type Job, type JobState, type Order } from './job.js';
import type { Journal } from './journal.js';
import type { VolumeFiles } from './volumeFiles.js';

export interface JobsOptions {
  journal: Journal;
  ledger: SpaceLedger;
  files: VolumeFiles;
  log: Log;
  /** dd and cp processes at once. */
  maxJobs: number;
  maxQueuedJobs: number;
  /** Tells the front end; resolves to false if it was aborted. */
  report(job: Job, signal: AbortSignal): Promise<boolean>;
}

/** Deletions at once: they move no data and do not wait behind copies. */
const DELETIONS = 4;
/** How long an order that was carried out and reported is still answered by its outcome. */
const MEMORY_MS = 24 * 3_600_000;

/**
 * The paper's file-creation threads (section 4.1): an order is written down, its space is promised, and it is
 * answered at once; the work is done in the background and its outcome is reported until it is heard. The same order
 * twice is done once. After a restart everything that was promised goes on.
 */
export class Jobs {
  readonly #options: JobsOptions;
  readonly #copies: ReturnType<typeof pLimit>;
  readonly #deletions = pLimit(DELETIONS);
  readonly #accepting = new Map<string, { order: Order; accepted: Promise<Job> }>();
  readonly #working = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(options: JobsOptions) {
    this.#options = options;
    this.#copies = pLimit(options.maxJobs);
  }

  /** Goes on with what an earlier life of this delegate had promised. */
  async resume(): Promise<void> {
    const { journal, log } = this.#options;
    await this.#forgetOld();
    for (const job of journal.all()) {
      if (job.reported) continue;
      const { orderId } = job.order;
      log.info('an order is resumed', { orderId, id: job.order.id, state: job.state });
      this.#begin(job, job.state === 'pending');
    }
  }

  /** Orders that are not finished. */
  get unfinished(): number {
    return this.#working.size;
  }

  /** Whether an order for this volume or snapshot is not finished. */
  isAtWorkOn(id: string): boolean {
    const isUnfinished = ({ order, state }: Job): boolean => order.id === id && state === 'pending';
    return this.#options.journal.all().some(isUnfinished);
  }

  find(orderId: string): Job | undefined {
    return this.#options.journal.get(orderId);
  }

  /**
   * Accepts an order; the work goes on after the answer.
   * @throws {ServiceFault} `InsufficientVolumeCapacity`, `RequestLimitExceeded`, or `InvalidParameterValue` if the id
   * of the order was used for another one.
   */
  async submit(order: Order): Promise<Job> {
    const accepting = this.#accepting.get(order.orderId);
    const known = this.#options.journal.get(order.orderId);
    const first = accepting?.order ?? known?.order;
    if (first && !isSameOrder(first, order)) {
      throw new ServiceFault(
        'InvalidParameterValue',
        `${order.orderId} is the id of another order.`,
      );
    }
    if (accepting) return accepting.accepted;
    if (known) {
      // Pending and not at work: its outcome could not be written down.
      if (known.state === 'pending' && !this.#working.has(order.orderId)) this.#begin(known, true);
      return known;
    }
    const accepted = this.#accept(order).finally(() => this.#accepting.delete(order.orderId));
    this.#accepting.set(order.orderId, { order, accepted });
    return accepted;
  }

  /** The job when it is finished, or as it is after `limitMs`. */
  async settled(orderId: string, limitMs: number): Promise<Job | undefined> {
    const giveUp = new AbortController();
    const limit = delay(limitMs, undefined, { signal: giveUp.signal }).catch(() => undefined);
    await Promise.race([this.#working.get(orderId), limit]);
    giveUp.abort();
    return this.find(orderId);
  }

  /** Stops the commands that run; their orders are resumed by the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#working.values());
  }

  async #accept(order: Order): Promise<Job> {
    const { journal, ledger, maxQueuedJobs } = this.#options;
    if (this.#working.size + this.#accepting.size >= maxQueuedJobs) {
      throw new ServiceFault(
        'RequestLimitExceeded',
        'Too many orders are waiting; try again later.',
      );
    }
    const job: Job = { order, state: 'pending', reported: false, changedAt: now() };
    await journal.put(job);
    try {
      if (order.kind !== 'delete') await reserve(order, ledger);
    } catch (error) {
      await journal.remove(order.orderId);
      throw this.#refusal(error);
    }
    this.#begin(job, false);
    return job;
  }

  /** Why an order is not taken: nothing is promised and nothing is left of it. */
  #refusal(error: unknown): unknown {
    if (error instanceof InsufficientSpaceError) {
      return new ServiceFault('InsufficientVolumeCapacity', `There is no room: ${error.message}.`);
    }
    if (!(error instanceof CommandError)) return error;
    this.#options.log.error('the volume directory cannot be used', errorFields(error));
    return new ServiceFault('Unavailable', 'The volume directory cannot be used now.');
  }

  /** @param anew whether the space of the file has to be promised again. */
  #begin(job: Job, anew: boolean): void {
    const { orderId } = job.order;
    const lane = job.order.kind === 'delete' ? this.#deletions : this.#copies;
    const work =
      job.state === 'pending' ? lane(() => this.#finish(job, anew)) : Promise.resolve(job);
    const settled = work
      .then((finished) => void this.#reportLater(finished))
      .catch((error) => {
        this.#options.log.error('an order is interrupted', { orderId, ...errorFields(error) });
      })
      .finally(() => this.#working.delete(orderId));
    this.#working.set(orderId, settled);
  }

  /** Does the work and writes its outcome down. */
  async #finish(job: Job, anew: boolean): Promise<Job> {
    const { journal, log } = this.#options;
    const { signal } = this.#stopping;
    signal.throwIfAborted();
    let outcome: { state: JobState; message?: string };
    try {
      outcome = { state: await this.#carryOut(job.order, anew, signal) };
    } catch (error) {
      signal.throwIfAborted();
      log.error('an order failed', { orderId: job.order.orderId, ...errorFields(error) });
      outcome = { state: 'failed', message: this.#explain(job.order, error) };
    }
    const finished: Job = { ...job, ...outcome, changedAt: now() };
    await journal.put(finished);
    return finished;
  }

  async #carryOut(order: Order, anew: boolean, signal: AbortSignal): Promise<JobState> {
    const { files, ledger } = this.#options;
    if (order.kind === 'delete') {
      await files.remove(order.id);
      return 'deleted';
    }
    if (anew) {
      // Looked at first: beside a file that is there already, there may be no space for another.
      if (await isMade(order, files)) return 'available';
      await reserve(order, ledger);
    }
    await makeFile(order, files, ledger, signal);
    return 'available';
  }

  /** The command's own words, with the file called by the id that its owner knows. */
  #explain(order: Order, error: unknown): string {
    const known =
      error instanceof CommandError ||
      error instanceof JobError ||
      error instanceof InsufficientSpaceError;
    if (!known) return 'the file could not be made; the log of the Volume Delegate has the reason';
    if (order.kind === 'delete') return error.message;
    const part = partName({ id: order.id, bytes: order.sizeBytes, orderId: order.orderId });
    return error.message.replaceAll(part, order.id);
  }

  async #forgetOld(): Promise<void> {
    const { journal } = this.#options;
    const oldest = Date.now() - MEMORY_MS;
    for (const { reported, changedAt, order } of journal.all()) {
      if (reported && Date.parse(changedAt) < oldest) await journal.remove(order.orderId);
    }
  }

  async #reportLater(job: Job): Promise<void> {
    const { journal, log, report } = this.#options;
    try {
      if (!(await report(job, this.#stopping.signal))) return;
      await journal.put({ ...job, reported: true });
      await this.#forgetOld();
    } catch (error) {
      log.error('an outcome could not be reported', {
        orderId: job.order.orderId,
        ...errorFields(error),
      });
    }
  }
}

function now(): string {
  return new Date().toISOString();
}
