import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { type RunHere, runIn } from '../runIn.js';
import { FileExistsError, type Storage, type StorageTarget } from './storage.js';

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
  readonly #run: RunHere;
  readonly #stat: string;

  constructor(settings: PosixSettings) {
    this.#run = runIn(settings.directory, settings.commandTimeoutMs);
    this.#stat = settings.programs.stat;
  }

  async targets(): Promise<StorageTarget[]> {
    const args = ['-f', '-c', '%S %a', '.'];
    const { stdout } = await this.#run(this.#stat, args);
    const [blockSize, available] = stdout.trim().split(' ').map(Number);
    const availableBytes = Number(blockSize) * Number(available);
    if (!Number.isFinite(availableBytes)) {
      throw new CommandError(this.#stat, args, { stderr: 'printed no free space' });
    }
    return [{ id: WHOLE_FILE_SYSTEM, availableBytes }];
  }

  async createEmpty(name: string): Promise<string[]> {
    const args = ['if=/dev/null', `of=${name}`, 'conv=excl', 'count=0', 'status=none'];
    try {
      await this.#run('dd', args);
    } catch (error) {
      // dd exits with 1 whatever went wrong: its words, in the C locale, are what tells.
      const exists = error instanceof CommandError && error.stderr.endsWith(': File exists');
      throw exists ? new FileExistsError('dd', args, error) : error;
    }
    await this.#run('chmod', ['600', '--', name]);
    return [WHOLE_FILE_SYSTEM];
  }

  async targetsOf(_name: string): Promise<string[]> {
    return [WHOLE_FILE_SYSTEM];
  }
}
