import { errorFields } from '@vbs-lustre/shared/log';
import type { SpaceLedger } from '../storage/space.js';
import { type ExtendOrder, partOf } from './job.js';
import { JobError, UnfinishedError } from './jobError.js';
import type { VolumeFiles } from './volumeFiles.js';

/**
 * Promises a volume the space that it grows by: the file gets a second name, that of a part, which counts as a promise of what
 * is not written yet. All work is done under that name. Another delegate, or an earlier order, that had begun loses its own and
 * can't go on: it could only cut off what this one adds.
 * @throws {InsufficientSpaceError} Then the file has its old size.
 */
export async function reserveGrowth(
  order: ExtendOrder,
  files: VolumeFiles,
  ledger: SpaceLedger,
): Promise<void> {
  const part = partOf(order);
  // What is wrong with the file itself, the work tells.
  if ((await files.sizeOf(order.id)) === undefined || (await files.isFixed(order.id))) return;
  try {
    await files.link(order.id, part);
    await files.unlinkOthers(order.id, part);
    const size = (await files.sizeOf(part)) ?? 0;
    await ledger.checkGrowth(part, Math.max(0, order.sizeBytes - size));
  } catch (error) {
    await takeBack(order, files);
    throw error;
  }
}

/**
 * Extends a volume whose space is reserved: appends what is missing, maybe to what was appended before, checks the size and
 * flushes the file. Without success the file has its old size.
 */
export async function extend(
  order: ExtendOrder,
  files: VolumeFiles,
  signal: AbortSignal,
): Promise<void> {
  const { sizeBytes } = order;
  const part = partOf(order);
  try {
    if (await files.isFixed(order.id)) throw new JobError('it is only read, and never extended');
    await append(order, files, signal);
    const size = await sizeNow(order, files);
    if (size !== sizeBytes) {
      throw new JobError(`the file has ${size} bytes instead of ${sizeBytes}`);
    }
    await files.flush(part, signal);
    await files.dropName(part);
  } catch (error) {
    // Interrupted, it goes on with what it has, here or elsewhere.
    signal.throwIfAborted();
    await takeBack(order, files);
    throw error;
  }
}

async function append(order: ExtendOrder, files: VolumeFiles, signal: AbortSignal): Promise<void> {
  const { sizeBytes } = order;
  const size = await sizeNow(order, files);
  if (size > sizeBytes) await files.cut(partOf(order), sizeBytes);
  if (size >= sizeBytes) return;
  try {
    await files.dd.appendZeroes(partOf(order), size, sizeBytes, signal);
  } catch (error) {
    // The dd of somebody who had the order before may have been at it, too.
    signal.throwIfAborted();
    if ((await sizeNow(order, files)) !== sizeBytes) throw error;
  }
}

/** @throws {JobError} if the file was never as large as it is to have been */
async function sizeNow(order: ExtendOrder, files: VolumeFiles): Promise<number> {
  const size = await files.sizeOf(partOf(order));
  if (size !== undefined && size >= order.fromBytes) return size;
  throw new JobError(`the file has ${size ?? 'no'} bytes instead of ${order.fromBytes}`);
}

/** @throws {UnfinishedError} if the file may still be larger than it was */
async function takeBack(order: ExtendOrder, files: VolumeFiles): Promise<void> {
  const part = partOf(order);
  try {
    const size = await files.sizeOf(part);
    // Without that name it is another's by now.
    if (size === undefined) return;
    if (size > order.fromBytes) await files.cut(part, order.fromBytes);
    await files.flush(part);
    await files.dropName(part);
  } catch (error) {
    throw new UnfinishedError(`${order.id} is left larger: ${errorFields(error).error}`);
  }
}
