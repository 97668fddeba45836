import type { Log } from '@vbs-lustre/shared/log';
import type { FrontEnd } from '../frontEnd.js';
import { recordEvent } from '../metadata/events.js';

const MAX_REMEMBERED = 10_000;

/** What can't be brought to its end now: told once, tried again in every round. */
export class GivenUp {
  readonly #frontEnd: Pick<FrontEnd, 'database' | 'instance'>;
  readonly #log: Log;
  readonly #told = new Set<string>();

  constructor(frontEnd: Pick<FrontEnd, 'database' | 'instance'>, log: Log) {
    this.#frontEnd = frontEnd;
    this.#log = log;
  }

  async tell(subjectId: string, reason: string, details: object): Promise<void> {
    const key = JSON.stringify([subjectId, reason]);
    if (this.#told.has(key)) return;
    if (this.#told.size >= MAX_REMEMBERED) this.#told.clear();
    this.#told.add(key);
    const { database, instance } = this.#frontEnd;
    this.#log.warn('something cannot be put right now', { subjectId, reason, ...details });
    await recordEvent(database, { instance, subjectId, action: 'given-up', reason, details });
  }
}
