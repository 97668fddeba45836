import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { DatabaseUnavailable } from '../metadata/unavailable.js';

/** The database is everybody's trouble, and has many words for it. */
const DATABASE = 'the database cannot be used';
const MAX_TOLD = 100;

/** Logs what goes wrong in rounds that come again and again: once, and that it is over. */
export class Trouble {
  readonly #log: Log;
  /** The works whose last round has failed. */
  readonly #failing = new Set<string>();
  readonly #told = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** The end of a round of some work; never fails. */
  async watch(work: string, round: Promise<void>): Promise<void> {
    try {
      await round;
    } catch (error) {
      return this.#tell(work, error);
    }
    if (!this.#failing.delete(work) || this.#failing.size > 0) return;
    this.#told.clear();
    this.#log.info('reconciling works again');
  }

  #tell(work: string, error: unknown): void {
    this.#failing.add(work);
    const fields = errorFields(error);
    const what = error instanceof DatabaseUnavailable ? DATABASE : `${work}: ${fields.error}`;
    if (this.#told.has(what)) return;
    if (this.#told.size >= MAX_TOLD) this.#told.clear();
    this.#told.add(what);
    this.#log.error('reconciling failed', { work, ...fields });
  }
}
