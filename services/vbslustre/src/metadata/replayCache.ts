import { errorFields, type Log } from '@vbs-lustre/shared/log';
import type { ReplayCache } from '@vbs-lustre/shared/wssecurity/replay';
import { databaseTime } from './clock.js';
import { type Database, isUniqueViolation, skipLocked } from './database.js';

const PURGE_INTERVAL_MS = 1_000;
/** More than can be claimed in the interval, and little enough to delay nobody: a purge holds the database. */
const PURGE_ROWS = 2_000;
/** An instance whose clock is behind still accepts what has ended here. */
const CLOCK_TOLERANCE_MS = 300_000;

/**
 * A replay cache that all instances of the front end share and that no restart empties. What a Timestamp alone
 * refuses is forgotten: the table has what was signed within some ten minutes.
 */
export class DatabaseReplayCache implements ReplayCache {
  readonly knowsSince = new Date(0);
  readonly #database: Database;
  readonly #log: Log;
  /** The clock at the start, and what to add to get the time that has really passed since. */
  readonly #started = Date.now() - performance.now();
  #purgedAt = Number.NEGATIVE_INFINITY;

  constructor(database: Database, log: Log) {
    this.#database = database;
    this.#log = log;
  }

  /** @throws {Error} if the database can't say; then the message must not count. */
  async claim(key: string, refusedAfter: Date): Promise<boolean> {
    try {
      const row = { replay_key: key, refused_after: refusedAfter.toISOString() };
      await this.#database('seen_messages').insert(row);
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
    await this.#purge();
    return true;
  }

  /**
   * What has ended by the database's clock, and by this one's as if it had not been set since the start: of a clock that
   * jumps ahead and back again, others (or this instance) would accept anew what was forgotten.
   *
   * The claim stands already: that others can't be forgotten is no reason to refuse it.
   */
  async #purge(): Promise<void> {
    const now = performance.now();
    if (now - this.#purgedAt < PURGE_INTERVAL_MS) return;
    this.#purgedAt = now;
    const ended = new Date(this.#started + now - CLOCK_TOLERANCE_MS).toISOString();
    const seen = (): ReturnType<Database> => this.#database('seen_messages');
    try {
      const some = seen()
        .select('replay_key')
        .where('refused_after', '<', ended)
        .where('refused_after', '<', databaseTime(this.#database, -CLOCK_TOLERANCE_MS / 1000))
        .limit(PURGE_ROWS);
      // Another instance may be at it.
      await seen().whereIn('replay_key', skipLocked(some)).delete();
    } catch (error) {
      this.#log.warn('messages that ended could not be forgotten', errorFields(error));
    }
  }
}
