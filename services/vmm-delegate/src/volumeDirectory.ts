import { join } from 'node:path';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import { isId } from '@vbs-lustre/shared/ids';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { type Part, partName } from '@vbs-lustre/shared/partName';
import type { Files } from './files/files.js';
import type { AttachMode } from './hypervisors/driver.js';

/** What a Volume Delegate gives a new volume, and a snapshot. */
const WRITTEN = 0o660;
const READ_ONLY = 0o440;

interface SnapshotPart {
  snapshotId: string;
  /** Of the part. */
  orderId: string;
  sizeBytes: number;
}

/** The folder of the volume files as this host sees it. */
export class VolumeDirectory {
  readonly #directory: string;
  readonly #files: Files;
  readonly #log: Log;

  private constructor(directory: string, files: Files, log: Log) {
    this.#directory = directory;
    this.#files = files;
    this.#log = log;
  }

  /** Its absolute path, without links. */
  get path(): string {
    return this.#directory;
  }

  /** @throws {Error} if there is no such folder. */
  static async open(directory: string, files: Files, log: Log): Promise<VolumeDirectory> {
    return new VolumeDirectory(await files.realpath(directory), files, log);
  }

  /** @throws {Error} if the file system does not answer, or there is no such folder any more */
  look(): Promise<void> {
    return this.#files.statfs(this.#directory);
  }

  /**
   * The absolute path of a volume's file.
   * @throws {ServiceFault} `InvalidVolume.NotFound` if there is no regular file of that name: a link is never followed
   */
  async fileOf(volumeId: string): Promise<string> {
    if (!isId('vol', volumeId)) {
      throw new ServiceFault('InvalidParameterValue', 'The parameter volumeId is not a vol- id.');
    }
    const file = this.pathOf(volumeId);
    if (await this.#files.isFile(file)) return file;
    throw new ServiceFault(
      'InvalidVolume.NotFound',
      `This host does not see the file of ${volumeId}.`,
    );
  }

  /**
   * Has the file's mode say how it is used: of one that is only read nobody has write permission, which Xen's block
   * script respects whatever else goes wrong.
   * @throws {ServiceFault} `IncorrectState` if it can't be changed, or the volume is one that is never written
   */
  async protect(volumeId: string, mode: AttachMode): Promise<void> {
    const bits = mode === 'w' ? WRITTEN : READ_ONLY;
    await this.#files.chmod(this.pathOf(volumeId), bits).catch((error) => {
      if (error.code === 'EROFS') {
        throw new ServiceFault(
          'IncorrectState',
          `${volumeId} can only be read; attach it with attachMode r.`,
        );
      }
      this.#log.error('the mode of a volume file cannot be changed', errorFields(error));
      throw new ServiceFault(
        'IncorrectState',
        `This host cannot use the file of ${volumeId}; its administrator finds the reason in the VMM Delegate's log.`,
      );
    });
  }

  /**
   * The absolute path of a snapshot's file in the making.
   * @throws {ServiceFault} `IncorrectState` if there is none: a link is never followed
   */
  async partOf({ snapshotId, orderId, sizeBytes }: SnapshotPart): Promise<string> {
    const file = join(this.#directory, nameOf({ id: snapshotId, orderId, bytes: sizeBytes }));
    if (await this.#files.isFile(file)) return file;
    throw new ServiceFault(
      'IncorrectState',
      `This host does not see the file that was made for ${snapshotId}.`,
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

function nameOf(part: Part): string {
  try {
    return partName(part);
  } catch {
    throw new ServiceFault(
      'InvalidParameterValue',
      'The parameters snapshotId, orderId and sizeBytes are not those of a file.',
    );
  }
}
