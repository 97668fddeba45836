import { setTimeout as delay } from 'node:timers/promises';
import type { CallbackClient } from '@vbs-lustre/client';
import { isFault } from '@vbs-lustre/shared/faults';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { within } from '@vbs-lustre/shared/waiting';
import type { vbslustre } from '@vbs-lustre/wsdl';
import type { Range } from './ranges.js';

/** Whoever is not heard of for so long may be at work or not. Less than a helper goes on without being asked. */
const PATIENCE_MS = 30_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
const END_WITHIN_MS = 2_000;

/** A file in the making that others help with. */
export type HelpedFile = Pick<
  vbslustre.CopyRange,
  'orderId' | 'fileId' | 'sizeBytes' | 'attempt' | 'sourceId'
>;

/** One life of another Volume Delegate. */
export type Helper = Pick<vbslustre.CopyRangeResponse, 'delegate' | 'worker'>;

/** A helper may still be writing, and nobody can tell: what it writes to must never become a volume. */
export class HelpLostError extends Error {
  override readonly name = 'HelpLostError';

  constructor({ delegate }: Helper, reason: string) {
    super(`${delegate} helped and is lost: ${reason}`);
  }
}

/** Other Volume Delegates, which are asked through the front ends: delegates obey nobody else. */
export class Help {
  readonly #frontEnds: readonly CallbackClient[];
  readonly #log: Log;
  readonly #patienceMs: number;

  constructor(frontEnds: readonly CallbackClient[], log: Log, patienceMs = PATIENCE_MS) {
    this.#frontEnds = frontEnds;
    this.#log = log;
    this.#patienceMs = patienceMs;
  }

  /**
   * Somebody who would help, beside those who were asked already; nothing is written yet.
   * @param asked gets the name of whoever is asked
   */
  async find(file: HelpedFile, asked: Set<string>): Promise<Helper | undefined> {
    for (;;) {
      const exceptSet = { item: [...asked].map((name) => ({ name })) };
      const answer = await this.#try({ ...file, exceptSet });
      // An answer that names nobody new would be asked for again for ever.
      if (!answer || asked.has(answer.delegate)) return undefined;
      asked.add(answer.delegate);
      if (answer.state === 'ready') return answer;
    }
  }

  /**
   * Has a range copied.
   * @returns whether it is on disk; if not, nothing of it was written
   * @throws {HelpLostError} if nobody can tell. What has failed is such a case, too: a program may hang in its last write, and a cache
   * may be written later.
   */
  async copy(
    file: HelpedFile,
    { delegate, worker }: Helper,
    range: Range,
    onBytes: (bytesDone: number) => void,
    signal: AbortSignal,
  ): Promise<boolean> {
    const order = { ...file, delegate, worker, ...range };
    let pauseMs = FIRST_PAUSE_MS;
    let heardAt = performance.now();
    for (;;) {
      signal.throwIfAborted();
      const answer = await this.#try(order);
      const state = answer?.state;
      if (state === 'done' || state === 'refused') return state === 'done';
      if (answer) {
        if (state !== 'pending') throw new HelpLostError({ delegate, worker }, `it is ${state}`);
        heardAt = performance.now();
        onBytes(answer.bytesDone ?? 0);
      } else if (performance.now() - heardAt > this.#patienceMs) {
        throw new HelpLostError({ delegate, worker }, 'it is not heard of');
      }
      await delay(pauseMs, undefined, { signal });
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  }

  /** Has a helper give up what it does for a file. It would soon do so by itself; never fails. */
  async end(file: HelpedFile, { delegate, worker }: Helper): Promise<void> {
    await within(END_WITHIN_MS, this.#try({ ...file, delegate, worker, end: true }));
  }

  /** @returns undefined if nobody answers, or no front end waits for this order */
  async #try(request: vbslustre.CopyRange): Promise<vbslustre.CopyRangeResponse | undefined> {
    for (const frontEnd of this.#frontEnds) {
      try {
        return await frontEnd.CopyRange(request);
      } catch (error) {
        const { orderId, delegate } = request;
        this.#log.debug('no help was had', { orderId, delegate, ...errorFields(error) });
        if (isFault(error, 'IncorrectState')) return undefined;
      }
    }
    return undefined;
  }
}
