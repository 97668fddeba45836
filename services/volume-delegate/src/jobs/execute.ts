import { partName } from '../storage/partName.js';
import type { SpaceLedger } from '../storage/space.js';
import { FileExistsError } from '../storage/storage.js';
import { extend, reserveGrowth } from './extend.js';
import { type CreateOrder, type Order, partOf } from './job.js';
import { JobError } from './jobError.js';
import type { VolumeFiles } from './volumeFiles.js';

/**
 * Makes sure that there is space for what an order asks for.
 * @throws {InsufficientSpaceError}
 */
export async function secure(order: Order, files: VolumeFiles, ledger: SpaceLedger): Promise<void> {
  if (order.kind === 'delete') return;
  if (order.kind === 'extendVolume') return reserveGrowth(order, files, ledger);
  // What another delegate has made, which had the order before, needs no space for a second one.
  if (!(await isMade(order, files).catch(() => false))) await reserve(order, ledger);
}

/**
 * Promises a new file its space, by making its empty part file.
 * @throws {InsufficientSpaceError}
 */
async function reserve(order: CreateOrder, ledger: SpaceLedger): Promise<void> {
  const part = { id: order.id, bytes: order.sizeBytes, orderId: order.orderId };
  try {
    await ledger.reserve(part);
  } catch (error) {
    if (!(error instanceof FileExistsError)) throw error;
    // What an earlier life of this delegate had begun is begun anew.
    await ledger.release(partName(part));
    await ledger.reserve(part);
  }
}

/**
 * Whether the file of an order is there, complete, and cleans up after who made it: an earlier life of this delegate
 * that could not write it down any more, or another delegate that was given the order too.
 */
async function isMade(order: CreateOrder, files: VolumeFiles): Promise<boolean> {
  if ((await files.sizeOf(order.id)) !== order.sizeBytes) return false;
  await files.remove(partOf(order));
  return true;
}

/**
 * Does what an order asks for.
 * @param anew whether the space of a new file has to be promised again
 * @returns the state that the order ends in
 */
export async function carryOut(
  order: Order,
  files: VolumeFiles,
  ledger: SpaceLedger,
  anew: boolean,
  signal: AbortSignal,
): Promise<'available' | 'deleted'> {
  if (order.kind === 'delete') {
    await files.remove(order.id);
    return 'deleted';
  }
  if (order.kind === 'extendVolume') {
    await extend(order, files, signal);
    return 'available';
  }
  // Looked at first: beside a file that is there already, there may be no space for another.
  if (anew && (await isMade(order, files))) return 'available';
  if (anew) await reserve(order, ledger);
  await makeFile(order, files, ledger, signal);
  return 'available';
}

/**
 * Makes the file of an order whose space is reserved: fills or copies the part, flushes it, checks its size and
 * gives it its name. Without success no part is left.
 */
async function makeFile(
  order: CreateOrder,
  files: VolumeFiles,
  ledger: SpaceLedger,
  signal: AbortSignal,
): Promise<void> {
  const part = partOf(order);
  try {
    if (await isMade(order, files)) return;
    await fill(order, part, files, signal);
    const size = await files.sizeOf(part);
    if (size !== order.sizeBytes) {
      throw new JobError(`the file has ${size ?? 'no'} bytes instead of ${order.sizeBytes}`);
    }
    await files.publish(part, order.id);
  } catch (error) {
    // The first error says what is wrong; whoever was quicker has done what was asked.
    if (await isMade(order, files).catch(() => false)) return;
    await ledger.release(part).catch(() => undefined);
    throw error;
  }
}

async function fill(
  order: CreateOrder,
  part: string,
  files: VolumeFiles,
  signal: AbortSignal,
): Promise<void> {
  const { sourceId, sizeBytes } = order;
  if (sourceId === undefined) return files.fillWithZeroes(part, 0, sizeBytes, signal);
  const sourceSize = await files.sizeOf(sourceId);
  if (sourceSize === undefined) throw new JobError(`${sourceId} has no file`);
  await files.copy(sourceId, part, sizeBytes, signal);
  if (sourceSize < sizeBytes) await files.fillWithZeroes(part, sourceSize, sizeBytes, signal);
}
