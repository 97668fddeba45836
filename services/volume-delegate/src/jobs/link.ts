import { CommandError } from '@vbs-lustre/shared/process/commandError';
import type { CreateOrder } from './job.js';
import { JobError } from './jobError.js';
import type { VolumeFiles } from './volumeFiles.js';

/**
 * Makes a volume that is never written the file of its snapshot, under another name: that takes no space and no time, and the
 * data is there until the last name is gone.
 * @returns false if the file system has no second names for a file (any more)
 * @throws {JobError} if the snapshot is not there, or has another size
 */
export async function linkToSource(order: CreateOrder, files: VolumeFiles): Promise<boolean> {
  const { id, sourceId, sizeBytes } = order;
  if (sourceId === undefined) throw new JobError('only what is made from a snapshot is read-only');
  const size = await files.sizeOf(sourceId);
  if (size === undefined) throw new JobError(`${sourceId} has no file`);
  if (size !== sizeBytes) {
    throw new JobError(`${sourceId} has ${size} bytes instead of ${sizeBytes}`);
  }
  try {
    await files.linkSnapshot(sourceId, id);
    return true;
  } catch (error) {
    // Whoever was quicker has done what was asked.
    if ((await files.sizeOf(id)) === sizeBytes) return true;
    if (error instanceof CommandError && error.exitCode !== undefined) return false;
    throw error;
  }
}
