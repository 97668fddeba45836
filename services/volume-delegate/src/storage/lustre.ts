import { newId } from '@vbs-lustre/shared/ids';
import type { Log } from '@vbs-lustre/shared/log';
import { parsePartName, partName } from '@vbs-lustre/shared/partName';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { DirectoryFiles } from '../files/directoryFiles.js';
import { type RunHere, runIn } from '../runIn.js';
import { type Mirror, parseFreeSpace, parseMirrors } from './lfsOutput.js';
import {
  FileExistsError,
  type Layout,
  type Placement,
  type Storage,
  type StorageTarget,
} from './storage.js';

/** What `lfs setstripe` exits with if the file is there, even an empty one. */
const STRIPE_ALREADY_SET = 17;

interface LustreSettings {
  directory: string;
  /** Where the file system that holds the directory is mounted. */
  mountPoint: string;
  /** As `lfs setstripe -S` takes it, such as `4M`. */
  stripeSize: string;
  stripeCount: number;
  /** Copies of their data that files have which do not say it themselves. */
  mirrors: number;
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

  async targets(pool?: string): Promise<StorageTarget[]> {
    const { lfs } = this.#settings.programs;
    // -l (lazy): without it `lfs df` waits more than a minute for an OST that is down.
    // -p: the rows of the pool's OSTs only. So says lfs-df(1); it was not tried on a real Lustre.
    const args = ['df', '-l', ...inPool(pool), this.#settings.directory];
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

  async createEmpty(name: string, layout: Layout = {}): Promise<Placement> {
    const { stripeCount = this.#settings.stripeCount } = layout;
    const { mirrors = this.#settings.mirrors } = layout;
    const options = this.#layoutOptions({ ...layout, stripeCount });
    if (mirrors > 1) await this.#createMirrored(name, [`-N${mirrors}`, ...options]);
    else await this.#create(name, options);
    // Lustre cuts a stripe count that it can't give without a word, so what it gave is read back.
    const made = await this.#mirrorsOf(name);
    this.#tellWhatIsLess(made, { stripeCount, mirrors });
    return placementIn(made);
  }

  async placementOf(name: string): Promise<Placement> {
    return placementIn(await this.#mirrorsOf(name));
  }

  #layoutOptions({ stripeSize = this.#settings.stripeSize, stripeCount, pool }: Layout): string[] {
    return ['-S', stripeSize, '-c', String(stripeCount), ...inPool(pool)];
  }

  async #create(name: string, options: string[]): Promise<void> {
    const { lfs } = this.#settings.programs;
    const args = ['setstripe', ...options, name];
    try {
      await this.#run(lfs, args);
    } catch (error) {
      const exists = error instanceof CommandError && error.exitCode === STRIPE_ALREADY_SET;
      throw exists ? new FileExistsError(lfs, args, error) : error;
    }
    await this.#files.chmod(name, 0o600);
  }

  /**
   * For a file that is there, `lfs mirror create` exits with 0: so it makes one of another name, which then gets the right one
   * as well, if that is free. (What is left of it in between is a part without an order, which is set aside as any other is.)
   */
  async #createMirrored(name: string, options: string[]): Promise<void> {
    const part = parsePartName(name);
    if (!part) throw new RangeError('this is not the name of a part file');
    const fresh = partName({ ...part, orderId: newId('ord') });
    try {
      await this.#run(this.#settings.programs.lfs, ['mirror', 'create', ...options, fresh]);
      await this.#files.chmod(fresh, 0o600);
      await this.#files.link(fresh, name);
    } catch (error) {
      const exists = error instanceof CommandError && error.stderr.endsWith(': File exists');
      throw exists ? new FileExistsError(error.program, error.args, error) : error;
    } finally {
      await this.#files.unlink(fresh).catch(() => undefined);
    }
  }

  #tellWhatIsLess(
    made: readonly Mirror[],
    { stripeCount, mirrors }: { stripeCount: number; mirrors: number },
  ): void {
    const got = Math.min(...made.map(({ targets }) => targets.length));
    if (got < stripeCount) {
      this.#log?.warn('a file has fewer stripes than asked for', { wanted: stripeCount, got });
    }
    if (made.length < mirrors) {
      const fields = { wanted: mirrors, got: made.length };
      this.#log?.warn('a file has fewer mirrors than asked for', fields);
    }
    const osts = made.flatMap(({ targets }) => [...new Set(targets)]);
    if (new Set(osts).size < osts.length) {
      this.#log?.warn('mirrors of a file share an OST: they protect less than they could', {
        mirrors: made.map(({ targets }) => targets),
      });
    }
  }

  async #mirrorsOf(name: string): Promise<Mirror[]> {
    const { lfs } = this.#settings.programs;
    const args = ['getstripe', '-y', name];
    const mirrors = parseMirrors((await this.#run(lfs, args)).stdout);
    if (mirrors.some(({ targets }) => targets.length > 0)) return mirrors;
    throw new CommandError(lfs, args, { stderr: 'the file has no stripes' });
  }
}

function inPool(pool: string | undefined): string[] {
  return pool === undefined ? [] : ['-p', pool];
}

function placementIn(mirrors: readonly Mirror[]): Placement {
  return { targets: mirrors.flatMap(({ targets }) => targets), mirrors: mirrors.length };
}
