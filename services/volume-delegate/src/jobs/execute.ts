import type { Exchange } from '../exchange/exchange.js';
import { partName } from '../storage/partName.js';
import type { SpaceLedger } from '../storage/space.js';
import { FileExistsError } from '../storage/storage.js';
import { extend, reserveGrowth } from './extend.js';
import { type CreateOrder, type Job, type Order, partOf } from './job.js';
import { JobError } from './jobError.js';
import type { VolumeFiles } from './volumeFiles.js';

/** What the work is done with. */
export interface Tools {
  files: VolumeFiles;
  ledger: SpaceLedger;
  /** None, where users exchange no files. */
  exchange?: Exchange | undefined;
}

/**
 * Makes sure that there is space for what an order asks for.
 * @throws {InsufficientSpaceError}
 */
export async function secure(order: Order, tools: Tools): Promise<void> {
  const { files, ledger } = tools;
  if (order.kind === 'delete') return;
  if (order.kind === 'extendVolume') return reserveGrowth(order, files, ledger);
  // What another delegate has made, which had the order before, needs no space for a second one.
  if (!(await isMade(order, tools).catch(() => false))) await reserve(order, ledger);
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
async function isMade(order: CreateOrder, { files, exchange }: Tools): Promise<boolean> {
  // Its part is what shows that the file is ours: it stays until the outcome was heard.
  if (order.kind === 'export') return have(exchange).isPublished(order, order);
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
  tools: Tools,
  anew: boolean,
  signal: AbortSignal,
): Promise<'available' | 'deleted'> {
  if (order.kind === 'delete') {
    await tools.files.remove(order.id);
    return 'deleted';
  }
  if (order.kind === 'extendVolume') {
    await extend(order, tools.files, signal);
    return 'available';
  }
  // Looked at first: beside a file that is there already, there may be no space for another.
  if (anew && (await isMade(order, tools))) return 'available';
  if (anew) await reserve(order, tools.ledger);
  await makeFile(order, tools, signal);
  return 'available';
}

/**
 * Makes the file of an order whose space is reserved: fills or copies the part, flushes it, checks its size and
 * gives it its name. Without success no part is left.
 */
async function makeFile(order: CreateOrder, tools: Tools, signal: AbortSignal): Promise<void> {
  const { files, ledger, exchange } = tools;
  const part = partOf(order);
  try {
    if (await isMade(order, tools)) return;
    await fill(order, part, tools, signal);
    const size = await files.sizeOf(part);
    if (size !== order.sizeBytes) {
      throw new JobError(`the file has ${size ?? 'no'} bytes instead of ${order.sizeBytes}`);
    }
    if (order.kind === 'export') await have(exchange).publish(order, part, order);
    else await files.publish(part, order.id);
  } catch (error) {
    // The first error says what is wrong; whoever was quicker has done what was asked.
    if (await isMade(order, tools).catch(() => false)) return;
    await ledger.release(part).catch(() => undefined);
    throw error;
  }
}

async function fill(
  order: CreateOrder,
  part: string,
  { files, exchange }: Tools,
  signal: AbortSignal,
): Promise<void> {
  const { sourceId, sizeBytes } = order;
  if (order.kind === 'createVolume' && order.importFrom) {
    const { importFrom } = order;
    await have(exchange).copyIn(importFrom, importFrom.sizeBytes, part, signal);
    if (importFrom.sizeBytes === sizeBytes) return;
    return files.fillWithZeroes(part, importFrom.sizeBytes, sizeBytes, signal);
  }
  if (sourceId === undefined) return files.fillWithZeroes(part, 0, sizeBytes, signal);
  const sourceSize = await files.sizeOf(sourceId);
  if (sourceSize === undefined) throw new JobError(`${sourceId} has no file`);
  await files.copy(sourceId, part, sizeBytes, signal);
  if (sourceSize < sizeBytes) await files.fillWithZeroes(part, sourceSize, sizeBytes, signal);
}

/** The part of an export that has ended well: nobody gives the order again, so nobody asks whose the file is. */
export async function removeProof({ order, state }: Job, { ledger }: Tools): Promise<void> {
  if (order.kind === 'export' && state === 'available') await ledger.release(partOf(order));
}

/** Settings may have changed since the order was taken. */
function have(exchange: Exchange | undefined): Exchange {
  if (exchange) return exchange;
  throw new JobError('this site has no exchange directory any more');
}
