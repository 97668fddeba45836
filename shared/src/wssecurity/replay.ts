import { ServiceFault } from '../faults.js';

/** Remembers which signed messages were seen, until their Timestamp alone refuses them. */
export interface ReplayCache {
  /**
   * Claims a message.
   * @returns false if it was claimed before.
   * @throws {Error} if that can't be said: then the message must not count.
   */
  claim(key: string, refusedAfter: Date): Promise<boolean>;
  /** Messages created before this instant are refused: the cache can't know whether they were seen. */
  readonly knowsSince: Date;
}

const MAX_ENTRIES = 200_000;

/**
 * A replay cache in memory, for a service of which one instance serves an address. It forgets at a restart and
 * so refuses what was signed before its start. When it is full it refuses rather than forget.
 */
export class MemoryReplayCache implements ReplayCache {
  readonly knowsSince = new Date();
  readonly #seen = new Map<string, { refusedAfter: number; keptUntil: number }>();

  async claim(key: string, refusedAfter: Date): Promise<boolean> {
    const now = Date.now();
    this.#forget(now);
    if (this.#seen.has(key)) return false;
    if (this.#seen.size >= MAX_ENTRIES) {
      throw new ServiceFault('RequestLimitExceeded', 'Too many messages came in: try again later.');
    }
    const keptUntil = performance.now() + (refusedAfter.getTime() - now);
    this.#seen.set(key, { refusedAfter: refusedAfter.getTime(), keptUntil });
    return true;
  }

  /**
   * Entries are in the order of their arrival, which is nearly that of their end. A clock that has jumped ahead may jump
   * back: so much time must really have passed, too.
   */
  #forget(now: number): void {
    for (const [key, { refusedAfter, keptUntil }] of this.#seen) {
      if (refusedAfter >= now || keptUntil >= performance.now()) return;
      this.#seen.delete(key);
    }
  }
}
