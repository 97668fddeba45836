import { ServiceFault } from '@vbs-lustre/shared/faults';
import { errorFields } from '@vbs-lustre/shared/log';
import { forRequest } from '@vbs-lustre/shared/requestId';
import { within } from '@vbs-lustre/shared/waiting';
import { endOthers, isDeleted } from './deletion.js';
import { removePart, removeProof } from './execute.js';
import { deleted, draining, tooMany } from './explain.js';
import {
  hasPart,
  isSameOrder,
  type Job,
  newJob,
  now,
  type Order,
  partOf,
  pendingOrders,
} from './job.js';
import type { JobsOptions } from './jobsOptions.js';
import { inTurn, type Lanes, makeLanes } from './lanes.js';
import { outcomeOf } from './outcome.js';
import { MEMORY_MS, reportOutcome } from './reportOutcome.js';
import { take } from './take.js';

export type { JobsOptions };

/**
 * The paper's file-creation threads (section 4.1): an order is written down, its space is promised, and it is
 * answered at once; the work is done in the background and its outcome is reported until it is heard. The same order
 * twice is done once. After a restart everything that was promised goes on.
 */
export class Jobs {
  readonly #options: JobsOptions;
  /** In none of them, an order is being taken or reported. */
  readonly lanes: Lanes;
  readonly #accepting = new Map<string, { order: Order; accepted: Promise<Job> }>();
  readonly #working = new Map<string, Promise<void>>();
  /** Of every order that is not finished or not reported: ends the work on it. */
  readonly #cancel = new Map<string, AbortController>();
  #isDraining = false;
  #isStopped = false;

  constructor(options: JobsOptions) {
    this.#options = options;
    this.lanes = makeLanes(options.maxJobs);
  }

  /**
   * Goes on with what an earlier life of this delegate had promised.
   * @param asked when it is known, and withdrawn here, what nobody waits for any more: another delegate may have made the file since,
   * and deleted it
   */
  async resume(asked: Promise<void> = Promise.resolve()): Promise<void> {
    const { journal, log } = this.#options;
    await journal.forgetReported(MEMORY_MS);
    const jobs = journal.all();
    for (const job of jobs) {
      if (job.reported || this.#sleeps(job)) continue;
      const { requestId, state, order } = job;
      const { orderId, id } = order;
      if (isDeleted(order, jobs)) {
        await journal.remove(orderId);
        continue;
      }
      log.info('an order is resumed', { requestId, orderId, id, state });
      this.#begin(job, state === 'pending', asked);
    }
  }

  /** Orders that are not finished. */
  get unfinished(): number {
    return this.#working.size;
  }

  /**
   * Whether an order waits to be given again: one that extends a volume and was interrupted. Another delegate may have it by
   * now, whose work on the same file would be disturbed.
   */
  #sleeps({ order, state }: Job): boolean {
    const { kind, orderId } = order;
    const isAtWork = this.#working.has(orderId) || this.#accepting.has(orderId);
    return kind === 'extendVolume' && state === 'pending' && !isAtWork;
  }

  /** Whether an order for this volume or snapshot is not finished. */
  isAtWorkOn(id: string): boolean {
    return pendingOrders(this.#options.journal.all()).some((order) => order.id === id);
  }

  /** Orders that would still be taken. */
  get free(): number {
    if (this.#isDraining) return 0;
    return Math.max(0, this.#options.maxQueuedJobs - this.#working.size - this.#accepting.size);
  }

  /** The orders that are at work, or whose outcome no front end has heard. */
  get orders(): string[] {
    const alive = [...this.#cancel].filter(([, { signal }]) => !signal.aborted);
    const all = this.#isStopped ? [] : this.#options.journal.all();
    const sleeping = all.flatMap((job) => (this.#sleeps(job) ? [job.order.orderId] : []));
    return [...alive.map(([orderId]) => orderId), ...this.#accepting.keys(), ...sleeping];
  }

  /** The files in the making. */
  get parts(): string[] {
    return pendingOrders(this.#options.journal.all()).filter(hasPart).map(partOf);
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Takes no new orders from now on. */
  drain(): void {
    this.#isDraining = true;
  }

  find(orderId: string): Job | undefined {
    return this.#options.journal.get(orderId);
  }

  /**
   * Accepts an order; the work goes on after the answer.
   * @throws {ServiceFault} `InsufficientVolumeCapacity`, `RequestLimitExceeded`, `IncorrectState` if the file is deleted, or
   * `InvalidParameterValue` if the id of the order was used for another one.
   */
  async submit(order: Order): Promise<Job> {
    const accepting = this.#accepting.get(order.orderId);
    const known = this.#options.journal.get(order.orderId);
    const first = accepting?.order ?? known?.order;
    if (first && !isSameOrder(first, order)) {
      const sentence = `${order.orderId} is the id of another order.`;
      throw new ServiceFault('InvalidParameterValue', sentence);
    }
    if (isDeleted(order, this.#options.journal.all())) throw deleted(order);
    if (accepting) return accepting.accepted;
    if (known && !this.#sleeps(known)) {
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
    await within(limitMs, this.#working.get(orderId));
    return this.find(orderId);
  }

  /** Stops the commands that run; their orders are resumed by the next start, unless they are handed over. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const cancel of this.#cancel.values()) cancel.abort();
    await Promise.allSettled(this.#working.values());
  }

  /** Gives up an order that nobody waits for any more; what is done of it already stays done. */
  async withdraw(orderId: string): Promise<void> {
    const cancel = this.#cancel.get(orderId);
    const job = this.find(orderId);
    const sleeps = job !== undefined && this.#sleeps(job);
    if (!sleeps && (!cancel || cancel.signal.aborted)) return;
    this.#options.log.info('an order is withdrawn', { orderId });
    cancel?.abort();
    await this.#working.get(orderId);
    await this.#forget(orderId);
  }

  /** Forgets what is not finished, after the stop, since others do it now. */
  async handOver(): Promise<void> {
    for (const { order, state } of this.#options.journal.all()) {
      if (state === 'pending') await this.#forget(order.orderId);
    }
  }

  /** The part goes first: an order in the journal is taken up again, a part without an order is not. */
  async #forget(orderId: string): Promise<void> {
    const { journal } = this.#options;
    const job = journal.get(orderId);
    if (!job) return;
    await removeProof(job, this.#options);
    if (job.state !== 'pending') return journal.put({ ...job, reported: true });
    await removePart(job.order, this.#options);
    await journal.remove(orderId);
  }

  async #accept(order: Order): Promise<Job> {
    // What makes it do less is always taken.
    const endsOthers = order.kind === 'delete' && this.isAtWorkOn(order.id);
    if (this.#isDraining && !endsOthers) throw draining();
    if (this.free === 0 && !endsOthers) throw tooMany();
    const job = newJob(order);
    await take(job, this.#options);
    this.#begin(job, false);
    return job;
  }

  /** @param anew whether the space of the file has to be promised again. */
  #begin(job: Job, anew: boolean, asked?: Promise<void>): void {
    forRequest(job.requestId, () => this.#work(job, anew, asked));
  }

  #work(job: Job, anew: boolean, asked?: Promise<void>): void {
    const { orderId } = job.order;
    const cancel = new AbortController();
    if (this.#isStopped) cancel.abort();
    this.#cancel.set(orderId, cancel);
    const { signal } = cancel;
    const isPending = job.state === 'pending';
    const work = isPending ? this.#finish(job, anew, signal, asked) : Promise.resolve(job);
    const settled = work
      .then((finished) => {
        void reportOutcome(finished, this.#options, signal, () => this.#cancel.delete(orderId));
      })
      .catch((error) => {
        this.#cancel.delete(orderId);
        if (signal.aborted) this.#options.log.info('an order is interrupted', { orderId });
        else this.#options.log.error('an order is interrupted', { orderId, ...errorFields(error) });
      })
      .finally(() => this.#working.delete(orderId));
    this.#working.set(orderId, settled);
  }

  /** Does the work and writes its outcome down. */
  async #finish(job: Job, anew: boolean, signal: AbortSignal, asked?: Promise<void>): Promise<Job> {
    // An abort does not wait for it.
    const known = async () => undefined;
    if (asked) await inTurn((work) => asked.then(work), signal, known);
    signal.throwIfAborted();
    if (job.order.kind === 'delete') {
      const [accepting, working, cancel] = [this.#accepting, this.#working, this.#cancel];
      await endOthers(job.order, { ...this.#options, accepting, working, cancel });
    }
    const outcome = await outcomeOf(
      job.order,
      { ...this.#options, lanes: this.lanes },
      anew,
      signal,
    );
    const finished: Job = { ...job, ...outcome, changedAt: now() };
    await this.#options.journal.put(finished);
    return finished;
  }
}
