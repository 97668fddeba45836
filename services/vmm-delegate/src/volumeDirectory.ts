import { join } from 'node:path';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import { isId } from '@vbs-lustre/shared/ids';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { run } from '@vbs-lustre/shared/process/run';
import type { AttachMode } from './hypervisors/driver.js';

/** What a Volume Delegate gives a new volume, and a snapshot. */
const WRITTEN = '0660';
const READ_ONLY = '0440';

/** The folder of the volume files as this host sees it. */
export class VolumeDirectory {
  readonly #directory: string;
  readonly #timeoutMs: number;
  readonly #log: Log;

  private constructor(directory: string, timeoutMs: number, log: Log) {
    this.#directory = directory;
    this.#timeoutMs = timeoutMs;
    this.#log = log;
  }

  /** Its absolute path, without links. */
  get path(): string {
    return this.#directory;
  }

  /** @throws {CommandError} if there is no such folder. */
  static async open(directory: string, timeoutMs: number, log: Log): Promise<VolumeDirectory> {
    const { stdout } = await run('realpath', ['-e', '--', directory], { timeoutMs });
    return new VolumeDirectory(stdout.trim(), timeoutMs, log);
  }

  /**
   * The absolute path of a volume's file. It is looked at in a process of its own, with a time limit: a Lustre client
   * may hang.
   * @throws {ServiceFault} `InvalidVolume.NotFound` if there is no regular file of that name: a link is never followed
   */
  async fileOf(volumeId: string): Promise<string> {
    if (!isId('vol', volumeId)) {
      throw new ServiceFault('InvalidParameterValue', 'The parameter volumeId is not a vol- id.');
    }
    const args = [this.#directory, '-maxdepth', '1', '-name', volumeId, '-type', 'f'];
    const { stdout } = await run('find', args, { timeoutMs: this.#timeoutMs });
    const file = join(this.#directory, volumeId);
    if (stdout.trim() === file) return file;
    throw new ServiceFault(
      'InvalidVolume.NotFound',
      `This host does not see the file of ${volumeId}.`,
    );
  }

  /**
   * Has the file's mode say how it is used: of one that is only read nobody has write permission, which Xen's block
   * script respects whatever else goes wrong.
   * @throws {ServiceFault} `IncorrectState` if it can't be changed
   */
  async protect(volumeId: string, mode: AttachMode): Promise<void> {
    const bits = mode === 'w' ? WRITTEN : READ_ONLY;
    const args = [bits, '--', this.pathOf(volumeId)];
    await run('chmod', args, { timeoutMs: this.#timeoutMs }).catch((error) => {
      this.#log.error('the mode of a volume file cannot be changed', errorFields(error));
      throw new ServiceFault(
        'IncorrectState',
        `This host cannot use the file of ${volumeId}; its administrator finds the reason in the VMM Delegate's log.`,
      );
    });
  }

  /** The path that a volume's file has, whether it is there or not. */
  pathOf(volumeId: string): string {
    return join(this.#directory, volumeId);
  }

  /** The volume whose file this is, if it is one. */
  volumeOf(file: string): string | undefined {
    const name = file.slice(this.#directory.length + 1);
    return isId('vol', name) && file === this.pathOf(name) ? name : undefined;
  }
}
