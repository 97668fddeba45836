import type { ReplayCache } from '@vbs-lustre/shared/wssecurity/replay';
import { type Database, isUniqueViolation, now } from './database.js';

const PURGE_INTERVAL_MS = 60_000;

/** A replay cache that all instances of the front end share and that no restart empties. */
export class DatabaseReplayCache implements ReplayCache {
  readonly knowsSince = new Date(0);
  readonly #database: Database;
  #purgedAt = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  async claim(key: string, refusedAfter: Date): Promise<boolean> {
    await this.#purge();
    try {
      const row = { replay_key: key, refused_after: refusedAfter.toISOString() };
      await this.#database('seen_messages').insert(row);
      return true;
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }

  async #purge(): Promise<void> {
    if (Date.now() - this.#purgedAt < PURGE_INTERVAL_MS) return;
    this.#purgedAt = Date.now();
    await this.#database('seen_messages').where('refused_after', '<', now()).delete();
  }
}
