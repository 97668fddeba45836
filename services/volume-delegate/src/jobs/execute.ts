import { partName } from '@vbs-lustre/shared/partName';
import type { Checksums } from '../checksum/checksums.js';
import type { Exchange } from '../exchange/exchange.js';
import { HelpLostError } from '../split/help.js';
import type { Mirrors } from '../storage/mirrors.js';
import type { SpaceLedger } from '../storage/space.js';
import { FileExistsError } from '../storage/storage.js';
import type { Copier } from './copier.js';
import { extend, reserveGrowth } from './extend.js';
import {
  type Filling,
  fillAtOnce,
  fillByWriting,
  have,
  importOf,
  isNeverWritten,
  type Method,
  mayFillAtOnce,
} from './fill.js';
import { type CreateOrder, hasPart, isFilled, type Job, type Order, partOf } from './job.js';
import { JobError } from './jobError.js';
import { inTurn, type Lanes } from './lanes.js';
import { linkToSource } from './link.js';
import { syncMirrors } from './syncMirrors.js';
import { checkData, checksumFor, checksumOf, compareMirrors, expectedOf } from './verify.js';
import type { VolumeFiles } from './volumeFiles.js';
import type { VolumeTypes } from './volumeTypes.js';

/** What the work is done with. */
export interface Tools {
  files: VolumeFiles;
  copier: Copier;
  ledger: SpaceLedger;
  types: VolumeTypes;
  checksums: Checksums;
  /** None, where users exchange no files. */
  exchange?: Exchange | undefined;
  /** On Lustre. */
  mirrors?: Mirrors | undefined;
}

/** How an order has ended. */
export interface Done {
  state: 'available' | 'deleted';
  /** Not known of a file that an earlier life of this delegate, or another one, has made. */
  method?: Method;
  /** Of a snapshot, if its order asked for it. */
  sha256?: string;
  /** What is wrong with a snapshot, though its SHA-256 could be told. */
  message?: string;
}

/**
 * Makes sure that there is space for what an order asks for.
 * @throws {InsufficientSpaceError}
 */
export async function secure(order: Order, tools: Tools): Promise<void> {
  const { files, ledger } = tools;
  if (order.kind === 'extendVolume') return reserveGrowth(order, files, ledger);
  if (!hasPart(order) || isFilled(order) || !needsSpace(order)) return;
  // What another delegate has made, which had the order before, needs no space for a second one.
  if (!(await isMade(order, tools).catch(() => false))) await reserve(order, tools);
}

/**
 * Promises a new file its space, by making its empty part file.
 * @throws {InsufficientSpaceError}
 */
async function reserve(order: CreateOrder, { ledger, types }: Tools): Promise<void> {
  const part = { id: order.id, bytes: order.sizeBytes, orderId: order.orderId };
  const { blank, layout } = types.of(order);
  // What is copied from or to a user's file is written as a whole.
  const isWritten = order.kind === 'export' || importOf(order) !== undefined;
  const isThin = blank === 'thin' && !isWritten;
  try {
    await ledger.reserve(part, isThin, layout);
  } catch (error) {
    if (!(error instanceof FileExistsError)) throw error;
    // What an earlier life of this delegate had begun is begun anew.
    await ledger.release(partName(part));
    await ledger.reserve(part, isThin, layout);
  }
}

/** Whether a file needs space before its order is taken: a volume that is never written may need none. */
function needsSpace(order: CreateOrder): boolean {
  return order.kind !== 'createVolume' || !order.readOnly;
}

/**
 * Whether the file of an order is there, complete, and cleans up after who made it: an earlier life of this delegate
 * that could not write it down any more, or another delegate that was given the order too.
 */
async function isMade(
  order: CreateOrder,
  { files, exchange }: Pick<Tools, 'files' | 'exchange'>,
): Promise<boolean> {
  // Its part is what shows that the file is ours: it stays until the outcome was heard.
  if (order.kind === 'export') return have(exchange).isPublished(order, order);
  if ((await files.sizeOf(order.id)) !== order.sizeBytes) return false;
  await files.remove(partOf(order));
  return true;
}

/**
 * Does what an order asks for.
 * @param anew whether the space of a new file has to be promised again
 */
export async function carryOut(
  order: Order,
  tools: Tools,
  anew: boolean,
  lanes: Lanes,
  signal: AbortSignal,
): Promise<Done> {
  const { files } = tools;
  if (order.kind === 'delete') {
    await lanes.deletion(() => {
      signal.throwIfAborted();
      return files.removeWithParts(order.id);
    });
    return { state: 'deleted' };
  }
  if (order.kind === 'extendVolume') {
    await inTurn(lanes.copy, signal, () => extend(order, files, signal));
    return { state: 'available' };
  }
  const checking = { ...tools, lanes, signal };
  if (order.kind === 'checksum') {
    const sha256 = await checksumOf(order, checking);
    const message = await compareMirrors(order, checking);
    return { state: 'available', sha256, ...(message !== undefined && { message }) };
  }
  const expected = expectedOf(order);
  if (expected && !needsSpace(order)) {
    // What is wrong with a file must not get a second name.
    await checkData(order, expected, order.sourceId ?? '', checking);
  }
  const quickly = await lanes.quick(async (): Promise<Omit<Done, 'state'> | undefined> => {
    signal.throwIfAborted();
    // Looked at first: beside a file that is there already, there may be no space for another.
    const isNew = !isFilled(order) && (anew || !needsSpace(order));
    if (isNew && (await isMade(order, tools))) return {};
    if (!needsSpace(order) && (await linkToSource(order, files))) return { method: 'link' };
    if (isNew) await reserve(order, tools);
    return undefined;
  });
  const made = quickly ?? (await makeFile(order, tools, lanes, signal));
  // Of a file that was there already it is not known.
  const sha256 = made.sha256 ?? (await checksumFor(order, order.id, checking));
  return { state: 'available', ...made, ...(sha256 !== undefined && { sha256 }) };
}

/**
 * Makes the file of an order whose space is reserved: fills or copies the part, flushes it, checks its size and its data, and
 * gives it its name. Without success no part is left.
 */
async function makeFile(
  order: CreateOrder,
  tools: Tools,
  lanes: Lanes,
  signal: AbortSignal,
): Promise<Omit<Done, 'state'>> {
  const { files, copier, ledger, types, exchange } = tools;
  const part = partOf(order);
  try {
    const { blank } = types.of(order);
    // What another delegate has made has no part here.
    if (!mayFillAtOnce(order, blank) && (await isMade(order, tools))) return {};
    const filling = { order, part, files, copier, exchange, blank, signal };
    const inStep = async <T extends Method | undefined>(method: T): Promise<T> => {
      if (method !== undefined) await syncMirrors(order, tools, signal);
      return method;
    };
    const atOnce = await lanes.quick(() => fillAtOnce(filling).then(inStep));
    const write = () => fillAlsoAlone(filling, tools).then(inStep);
    const method = atOnce ?? (await inTurn(lanes.copy, signal, write));
    const size = await sizeOfMade(filling, method);
    if (size !== order.sizeBytes) {
      throw new JobError(`the file has ${size ?? 'no'} bytes instead of ${order.sizeBytes}`);
    }
    if (order.kind === 'export') {
      await have(exchange).publish(order, part, order);
      return {};
    }
    const checking = { ...tools, lanes, signal };
    const expected = expectedOf(order);
    if (expected) await checkData(order, expected, part, checking);
    const sha256 = await checksumFor(order, part, checking);
    const isFixed = order.kind === 'createVolume' && isNeverWritten(order);
    await files.publish(part, order.id, { shares: method === 'clone', isFixed });
    return { method, ...(sha256 !== undefined && { sha256 }) };
  } catch (error) {
    // The first error says what is wrong; whoever was quicker has done what was asked.
    if (await isMade(order, tools).catch(() => false)) return {};
    // What a hypervisor has filled is there for the next try.
    const goesOn = isFilled(order) && signal.aborted;
    if (!goesOn) await ledger.release(part).catch(() => undefined);
    throw error;
  }
}

/**
 * The size of what was made. GlusterFS counts some bytes of a file twice that grows while it is looked at, as for its progress. No
 * more was written than was ordered: the rest was never there, and is cut off.
 */
async function sizeOfMade(filling: Filling, method: Method): Promise<number | undefined> {
  const { order, part, files, signal } = filling;
  const size = await files.sizeOf(part);
  const wasWritten = (method === 'zero' || method === 'copy') && !isFilled(order);
  if (!wasWritten || size === undefined || size <= order.sizeBytes) return size;
  await files.cut(part, order.sizeBytes);
  await files.flush(part, signal);
  return files.sizeOf(part);
}

/**
 * Fills a part; if a delegate that helped is lost, which may write to it for ever, once more without help, and another file.
 */
async function fillAlsoAlone(filling: Filling, tools: Tools): Promise<Method> {
  try {
    return await fillByWriting(filling);
  } catch (error) {
    if (!(error instanceof HelpLostError)) throw error;
    filling.signal.throwIfAborted();
    await reserve(filling.order, tools);
    return fillByWriting({ ...filling, isAlone: true });
  }
}

/** The part of an order that is given up. One that is filled stays: whoever has the order now finishes it. */
export async function removePart(order: Order, { ledger }: Tools): Promise<void> {
  if (hasPart(order) && !isFilled(order)) await ledger.release(partOf(order));
}

/** The part of an export that has ended well: nobody gives the order again, so nobody asks whose the file is. */
export async function removeProof({ order, state }: Job, { ledger }: Tools): Promise<void> {
  if (order.kind === 'export' && state === 'available') await ledger.release(partOf(order));
}
