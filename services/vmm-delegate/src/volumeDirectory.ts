import { join } from 'node:path';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import { isId } from '@vbs-lustre/shared/ids';
import { run } from '@vbs-lustre/shared/process/run';

/** The folder of the volume files as this host sees it. */
export class VolumeDirectory {
  readonly #directory: string;
  readonly #timeoutMs: number;

  private constructor(directory: string, timeoutMs: number) {
    this.#directory = directory;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws {CommandError} if there is no such folder. */
  static async open(directory: string, timeoutMs: number): Promise<VolumeDirectory> {
    const { stdout } = await run('realpath', ['-e', '--', directory], { timeoutMs });
    return new VolumeDirectory(stdout.trim(), timeoutMs);
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
