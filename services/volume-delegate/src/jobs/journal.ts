import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Locks } from '@vbs-lustre/shared/locks';
import type { Job } from './job.js';

/** What a file is called until it is written to its end. */
const TEMPORARY = '.new';

/**
 * The orders of this delegate on its local disk, one file each, so that a delegate that was killed knows after
 * its restart what it had promised. What `put` returned from survives a power loss.
 */
export class Journal {
  readonly #directory: string;
  readonly #jobs = new Map<string, Job>();
  /** An outcome may be heard while its order is withdrawn: two writes at once would leave half of one. */
  readonly #locks = new Locks();

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** @throws {Error} if the folder or a file in it can't be read. */
  static async open(stateDirectory: string): Promise<Journal> {
    const journal = new Journal(join(stateDirectory, 'jobs'));
    await mkdir(journal.#directory, { recursive: true, mode: 0o700 });
    for (const name of await readdir(journal.#directory)) {
      // What was cut short was never promised; if another delegate has the order now, nobody would come back to it.
      if (name.endsWith(TEMPORARY)) await rm(join(journal.#directory, name)).catch(() => undefined);
      if (!name.endsWith('.json')) continue;
      const job = JSON.parse(await readFile(join(journal.#directory, name), 'utf8')) as Job;
      journal.#jobs.set(job.order.orderId, job);
    }
    return journal;
  }

  get(orderId: string): Job | undefined {
    return this.#jobs.get(orderId);
  }

  all(): Job[] {
    return [...this.#jobs.values()];
  }

  /** Of several at once for one order, the last one counts. */
  put(job: Job): Promise<void> {
    return this.#locks.hold(job.order.orderId, () => this.#put(job));
  }

  remove(orderId: string): Promise<void> {
    return this.#locks.hold(orderId, () => this.#remove(orderId));
  }

  async #put(job: Job): Promise<void> {
    const file = this.#file(job.order.orderId);
    const temporary = temporaryOf(file);
    const handle = await open(temporary, 'w', 0o600);
    try {
      await handle.writeFile(JSON.stringify(job));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    await this.#syncDirectory();
    this.#jobs.set(job.order.orderId, job);
  }

  /** Also what a `put` that failed has left. */
  async #remove(orderId: string): Promise<void> {
    const file = this.#file(orderId);
    await rm(file, { force: true });
    await rm(temporaryOf(file), { force: true });
    await this.#syncDirectory();
    this.#jobs.delete(orderId);
  }

  /** Forgets orders that were reported, and ended longer than `memoryMs` ago. */
  async forgetReported(memoryMs: number): Promise<void> {
    const oldest = Date.now() - memoryMs;
    for (const { reported, changedAt, order } of this.all()) {
      if (reported && Date.parse(changedAt) < oldest) await this.remove(order.orderId);
    }
  }

  #file(orderId: string): string {
    return join(this.#directory, `${orderId}.json`);
  }

  async #syncDirectory(): Promise<void> {
    const handle = await open(this.#directory, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

function temporaryOf(file: string): string {
  return `${file}${TEMPORARY}`;
}
