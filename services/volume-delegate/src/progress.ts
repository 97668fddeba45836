import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { parsePartName } from '@vbs-lustre/shared/partName';
import type { Copier } from './jobs/copier.js';
import type { Jobs } from './jobs/jobs.js';
import { type RunHere, runIn } from './runIn.js';

/** What is written of the file that an order makes. */
export interface Progress {
  orderId: string;
  bytesDone: number;
}

/**
 * How far the files in the making are, as it was at the last look: a part grows as dd or cp writes it; of one that has its whole
 * size from the start, the program tells. A file system that does not answer keeps nobody waiting.
 */
export class ProgressWatch {
  readonly #jobs: Pick<Jobs, 'parts'>;
  readonly #copier: Pick<Copier, 'bytesDone'>;
  readonly #run: RunHere;
  readonly #log: Log;
  #seen: readonly Progress[] = [];
  #isLooking = false;

  constructor(
    jobs: Pick<Jobs, 'parts'>,
    copier: Pick<Copier, 'bytesDone'>,
    directory: string,
    commandTimeoutMs: number,
    log: Log,
  ) {
    this.#jobs = jobs;
    this.#copier = copier;
    this.#run = runIn(directory, commandTimeoutMs);
    this.#log = log;
  }

  /** What was seen last; the next look begins. */
  get seen(): readonly Progress[] {
    if (!this.#isLooking) void this.look();
    return this.#seen;
  }

  /** Never fails. */
  async look(): Promise<void> {
    this.#isLooking = true;
    try {
      this.#seen = await this.#sizes(this.#jobs.parts);
    } catch (error) {
      this.#seen = [];
      this.#log.debug('the parts cannot be looked at', errorFields(error));
    } finally {
      this.#isLooking = false;
    }
  }

  async #sizes(parts: readonly string[]): Promise<Progress[]> {
    if (parts.length === 0) return [];
    const { stdout } = await this.#run('find', [
      ...parts.map((part) => `./${part}`),
      // A part may be finished meanwhile.
      ...['-maxdepth', '0', '-ignore_readdir_race', '-printf', '%s %f\\n'],
    ]);
    return stdout.split('\n').flatMap((line) => {
      const [size, name = ''] = line.split(' ');
      const part = parsePartName(name);
      // An order that waits for its turn has an empty part.
      if (!part) return [];
      const bytesDone = this.#copier.bytesDone(name) ?? Number(size);
      return bytesDone === 0 ? [] : [{ orderId: part.orderId, bytesDone }];
    });
  }
}
