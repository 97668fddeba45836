import type { Log } from '@vbs-lustre/shared/log';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { DirectoryFiles } from '../files/directoryFiles.js';
import { type RunHere, runIn } from '../runIn.js';
import { parseFreeSpace, parseStripes } from './lfsOutput.js';
import { FileExistsError, type Layout, type Storage, type StorageTarget } from './storage.js';

/** What `lfs setstripe` exits with if the file is there, even an empty one. */
const STRIPE_ALREADY_SET = 17;

interface LustreSettings {
  directory: string;
  /** Where the file system that holds the directory is mounted. */
  mountPoint: string;
  /** As `lfs setstripe -S` takes it, such as `4M`. */
  stripeSize: string;
  stripeCount: number;
  commandTimeoutMs: number;
  programs: { lfs: string };
}

/** Volume files on a Lustre client: every OST is a target that fills up by itself. */
export class LustreStorage implements Storage {
  readonly kind = 'lustre';
  readonly #settings: LustreSettings;
  readonly #files: DirectoryFiles;
  readonly #run: RunHere;
  readonly #log: Log | undefined;

  constructor(settings: LustreSettings, log?: Log) {
    this.#settings = settings;
    this.#files = new DirectoryFiles(settings.directory, settings.commandTimeoutMs);
    this.#run = runIn(settings.directory, settings.commandTimeoutMs);
    this.#log = log;
  }

  async targets(): Promise<StorageTarget[]> {
    const { lfs } = this.#settings.programs;
    // -l (lazy): without it `lfs df` waits more than a minute for an OST that is down.
    const args = ['df', '-l', this.#settings.directory];
    const targets = parseFreeSpace(await this.#table(lfs, args), this.#settings.mountPoint);
    if (targets) return targets;
    throw new CommandError(lfs, args, { stderr: 'printed no complete table of OSTs' });
  }

  /** With an OST down some versions of `lfs df -l` exit with 107, yet their table of the others is whole. */
  async #table(lfs: string, args: string[]): Promise<string> {
    try {
      return (await this.#run(lfs, args)).stdout;
    } catch (error) {
      const ended = error instanceof CommandError && error.exitCode !== undefined;
      if (ended && parseFreeSpace(error.stdout, this.#settings.mountPoint)) return error.stdout;
      throw error;
    }
  }

  async createEmpty(name: string, layout: Layout = {}): Promise<string[]> {
    const { programs } = this.#settings;
    const { stripeSize = this.#settings.stripeSize, pool } = layout;
    const { stripeCount = this.#settings.stripeCount } = layout;
    const inPool = pool === undefined ? [] : ['-p', pool];
    const args = ['setstripe', '-S', stripeSize, '-c', String(stripeCount), ...inPool, name];
    try {
      await this.#run(programs.lfs, args);
    } catch (error) {
      const exists = error instanceof CommandError && error.exitCode === STRIPE_ALREADY_SET;
      throw exists ? new FileExistsError(programs.lfs, args, error) : error;
    }
    await this.#files.chmod(name, 0o600);
    // Lustre cuts a stripe count that it can't give without a word, so what it gave is read back.
    const stripes = await this.targetsOf(name);
    if (stripes.length < stripeCount) {
      this.#log?.warn('a file has fewer stripes than asked for', {
        wanted: stripeCount,
        got: stripes.length,
      });
    }
    return stripes;
  }

  async targetsOf(name: string): Promise<string[]> {
    const { lfs } = this.#settings.programs;
    const args = ['getstripe', '-y', name];
    const stripes = parseStripes((await this.#run(lfs, args)).stdout);
    if (stripes.length > 0) return stripes;
    throw new CommandError(lfs, args, { stderr: 'the file has no stripes' });
  }
}
