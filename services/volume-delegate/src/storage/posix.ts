import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { DirectoryFiles } from '../files/directoryFiles.js';
import { type RunHere, runIn } from '../runIn.js';
import { FileExistsError, type Placement, type Storage, type StorageTarget } from './storage.js';

/** The one target of a file system that is not told apart into targets. */
const WHOLE_FILE_SYSTEM = '';

interface PosixSettings {
  directory: string;
  commandTimeoutMs: number;
  programs: { stat: string };
}

/** Volume files on a plain file system (ext4, xfs, tmpfs, NFS): one target. */
export class PosixStorage implements Storage {
  readonly kind = 'posix';
  readonly #files: DirectoryFiles;
  readonly #run: RunHere;
  readonly #stat: string;
  /** In which space is counted, and read and written. */
  #blockSize: number | undefined;

  constructor(settings: PosixSettings) {
    this.#files = new DirectoryFiles(settings.directory, settings.commandTimeoutMs);
    this.#run = runIn(settings.directory, settings.commandTimeoutMs);
    this.#stat = settings.programs.stat;
  }

  async targets(): Promise<StorageTarget[]> {
    return [{ id: WHOLE_FILE_SYSTEM, availableBytes: await this.#availableBytes() }];
  }

  /** A helper is quicker, but told two sizes of blocks, knows only one: it is asked where both are the same. */
  async #availableBytes(): Promise<number> {
    if (this.#blockSize !== undefined) {
      const { blockSize, freeBytes } = await this.#files.freeBytes();
      if (blockSize === this.#blockSize) return freeBytes;
    }
    const args = ['-f', '-c', '%S %s %a', '.'];
    const { stdout } = await this.#run(this.#stat, args);
    const [blockSize, otherSize, available] = stdout.trim().split(' ').map(Number);
    const availableBytes = Number(blockSize) * Number(available);
    if (!Number.isFinite(availableBytes)) {
      throw new CommandError(this.#stat, args, { stderr: 'printed no free space' });
    }
    this.#blockSize = blockSize === otherSize ? blockSize : undefined;
    return availableBytes;
  }

  async createEmpty(name: string): Promise<Placement> {
    try {
      await this.#files.create(name);
    } catch (error) {
      const exists = error instanceof CommandError && error.stderr.endsWith(': File exists');
      throw exists ? new FileExistsError(error.program, error.args, error) : error;
    }
    return this.placementOf(name);
  }

  async placementOf(_name: string): Promise<Placement> {
    return { targets: [WHOLE_FILE_SYSTEM], mirrors: 1 };
  }
}
