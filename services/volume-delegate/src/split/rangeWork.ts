import { randomUUID } from 'node:crypto';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import type { LimitFunction } from 'p-limit';
import type { Copier } from '../jobs/copier.js';
import type { Range } from './ranges.js';

/** What nobody asks for is given up. Longer than whoever needs it tries to ask. */
const UNASKED_MS = 60_000;
/** No message is delayed for longer: until then what has ended is not begun again. */
const MEMORY_MS = 3_600_000;

/** A range that another delegate needs. */
export interface RangeOrder {
  /** The name of the file in the making, for this attempt. */
  part: string;
  sourceId: string;
  range: Range;
}

export interface RangeState {
  /** `refused`: nothing of it was ever written; of what has `failed` or was `ended`, something may still be. */
  state: 'pending' | 'done' | 'failed' | 'refused' | 'ended';
  bytesDone: number;
}

interface Work extends RangeState {
  stop: AbortController;
  unasked: NodeJS.Timeout;
  over: Promise<void>;
}

interface File {
  work: Map<number, Work>;
  forget: NodeJS.Timeout;
}

/**
 * What this delegate copies for others, each of which has the order and makes the file: nothing of it is written down, since they ask
 * until it is done, and begin the file anew if this life of the delegate ends before.
 */
export class RangeWork {
  /** This life. */
  readonly worker = randomUUID();
  readonly #copier: Pick<Copier, 'copyRange' | 'copiesRanges'>;
  readonly #lane: LimitFunction;
  readonly #isDraining: () => boolean;
  readonly #log: Log;
  readonly #unaskedMs: number;
  readonly #files = new Map<string, File>();
  readonly #ended = new Set<string>();

  constructor(
    copier: Pick<Copier, 'copyRange' | 'copiesRanges'>,
    lane: LimitFunction,
    isDraining: () => boolean,
    log: Log,
    unaskedMs = UNASKED_MS,
  ) {
    this.#copier = copier;
    this.#lane = lane;
    this.#isDraining = isDraining;
    this.#log = log;
    this.#unaskedMs = unaskedMs;
  }

  /** Whether a range would be taken now. Others never wait for their turn here: two that wait for each other would for ever. */
  get isReady(): boolean {
    const { activeCount, pendingCount, concurrency } = this.#lane;
    return (
      this.#copier.copiesRanges && !this.#isDraining() && activeCount + pendingCount < concurrency
    );
  }

  /** Begins with a range, or tells how far it is. */
  ask(order: RangeOrder): RangeState {
    const { part, range } = order;
    const file = this.#files.get(part);
    file?.forget.refresh();
    const known = file?.work.get(range.from);
    if (known) {
      known.unasked.refresh();
      return known;
    }
    if (this.#ended.has(part)) return { state: 'ended', bytesDone: 0 };
    if (!this.isReady) return { state: 'refused', bytesDone: 0 };
    return this.#begin(order);
  }

  /** Gives up what is copied into a file, of which nothing is begun any more. */
  async end(part: string): Promise<void> {
    this.#ended.add(part);
    setTimeout(() => this.#ended.delete(part), MEMORY_MS).unref();
    const file = this.#files.get(part);
    if (!file) return;
    this.#files.delete(part);
    clearTimeout(file.forget);
    await Promise.all([...file.work.values()].map(stop));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#files.keys()].map((part) => this.end(part)));
  }

  #begin({ part, sourceId: source, range }: RangeOrder): Work {
    const abort = new AbortController();
    const { signal } = abort;
    const work: Work = {
      ...{ state: 'pending', bytesDone: 0, stop: abort },
      unasked: setTimeout(() => abort.abort(), this.#unaskedMs).unref(),
      over: Promise.resolve(),
    };
    const onBytes = (bytes: number): void => {
      work.bytesDone = bytes;
    };
    const fields = { part, source, ...range };
    this.#log.info('a range is copied for another delegate', fields);
    const copy = () => {
      signal.throwIfAborted();
      return this.#copier.copyRange({ source, part, range, signal, onBytes });
    };
    work.over = this.#lane(copy)
      .then(() => {
        work.state = 'done';
      })
      .catch((error) => {
        work.state = 'failed';
        this.#log.warn('a range was not copied', { ...fields, ...errorFields(error) });
      });
    this.#file(part).work.set(range.from, work);
    return work;
  }

  #file(part: string): File {
    const known = this.#files.get(part);
    if (known) return known;
    // Whoever makes the file says when it is finished, unless its life ends before.
    const forget = setTimeout(() => void this.end(part), MEMORY_MS).unref();
    const file = { work: new Map<number, Work>(), forget };
    this.#files.set(part, file);
    return file;
  }
}

async function stop({ stop: abort, unasked, over }: Work): Promise<void> {
  clearTimeout(unasked);
  abort.abort();
  await over;
}
