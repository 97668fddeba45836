import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { versionOf } from '@vbs-lustre/shared/version';
import type { vbslustre } from '@vbs-lustre/wsdl';
import type { Jobs } from './jobs/jobs.js';
import type { Progress } from './progress.js';
import type { SpaceLedger } from './storage/space.js';

const VERSION = versionOf(import.meta.url);
/** A look at the space is a look at every OST. */
const LOOK_AGAIN_MS = 10_000;
/** The front end reads no message with more than 20,000 elements. */
const MAX_ORDERS = 5_000;

/**
 * The space that can be promised, as it was at the last look. A file system that does not answer must not keep the
 * delegate from announcing the orders that it works on.
 */
export class Room {
  readonly #ledger: Pick<SpaceLedger, 'room'>;
  readonly #log: Log;
  #bytes = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #isLooking = false;
  #failed = false;

  constructor(ledger: Pick<SpaceLedger, 'room'>, log: Log) {
    this.#ledger = ledger;
    this.#log = log;
  }

  /** 0 if it is not known. */
  get availableBytes(): number {
    if (!this.#isLooking && performance.now() - this.#lookedAt > LOOK_AGAIN_MS) void this.look();
    return this.#bytes;
  }

  /** Never fails. */
  async look(): Promise<void> {
    this.#isLooking = true;
    try {
      const targets = await this.#ledger.room();
      this.#bytes = targets.reduce((sum, target) => sum + target.availableBytes, 0);
      this.#failed = false;
    } catch (error) {
      this.#bytes = 0;
      if (!this.#failed) this.#log.warn('the free space cannot be told', errorFields(error));
      this.#failed = true;
    } finally {
      this.#lookedAt = performance.now();
      this.#isLooking = false;
    }
  }
}

/** What this delegate says of itself now. */
export function announcementOf(
  url: string,
  jobs: Jobs,
  room: Room,
  progress: readonly Progress[],
  volumeTypes: readonly string[] = [],
): vbslustre.AnnounceVolumeDelegate {
  const orders = jobs.orders.slice(0, MAX_ORDERS);
  return {
    url,
    availableBytes: room.availableBytes,
    unfinishedJobs: jobs.unfinished,
    freeJobs: jobs.free,
    orderSet: { item: orders.map((orderId) => ({ orderId })) },
    draining: jobs.isDraining,
    version: VERSION,
    ...(progress.length > 0 && { progressSet: { item: [...progress] } }),
    ...(volumeTypes.length > 0 && {
      volumeTypeSet: { item: volumeTypes.map((volumeType) => ({ volumeType })) },
    }),
  };
}
