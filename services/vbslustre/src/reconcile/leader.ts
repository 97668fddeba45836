import type { Database } from '../metadata/database.js';
import { leaveLease, takeLease } from '../metadata/leases.js';

/** Who reconciles has it. */
export const LEASE = 'reconciler';
/** Short enough that what another instance takes over, and has to see twice, is put right within a minute. */
const LEASE_SECONDS = 15;

/**
 * Whether this instance is the one that reconciles. Two at once would do no harm, since whatever is done is one
 * statement or one order that counts once; they would do the work twice.
 */
export class Leader {
  readonly #database: Database;
  readonly #instance: string;
  readonly #seconds: number;
  #until = Number.NEGATIVE_INFINITY;

  constructor(database: Database, instance: string, seconds = LEASE_SECONDS) {
    this.#database = database;
    this.#instance = instance;
    this.#seconds = seconds;
  }

  /** How often to renew the lease, or to try to get it, in milliseconds. */
  get renewalMs(): number {
    return (this.#seconds * 1000) / 5;
  }

  /** Also without the database: so long as the lease surely lasts. */
  get leads(): boolean {
    return performance.now() < this.#until;
  }

  /** Takes or renews the lease. @throws if the database can't be asked */
  async renew(): Promise<void> {
    // Before the database counts: what has ended there has ended here.
    const asked = performance.now();
    if (await takeLease(this.#database, LEASE, this.#instance, this.#seconds)) {
      this.#until = asked + this.#seconds * 1000;
    } else {
      this.#until = Number.NEGATIVE_INFINITY;
    }
  }

  /** Lets another instance take over at once. */
  async resign(): Promise<void> {
    this.#until = Number.NEGATIVE_INFINITY;
    await leaveLease(this.#database, LEASE, this.#instance);
  }
}
