import type { Exchange } from '../exchange/exchange.js';
import type { Copier } from './copier.js';
import { type CreateOrder, isFilled } from './job.js';
import { JobError } from './jobError.js';
import type { VolumeFiles } from './volumeFiles.js';

/**
 * How empty volumes are made. `zero`: every block is written; `reserve`: the file system sets their space aside; `thin`: they
 * take space as they are written; `auto`: `reserve` where the file system does that, else `zero`.
 */
export const BLANKS = ['auto', 'reserve', 'zero', 'thin'] as const;
export type Blank = (typeof BLANKS)[number];

/**
 * How a file was made: a `clone` shares the blocks of what it was made from, of a `copy` only the data was moved, a `link` is the
 * same file.
 */
export type Method = 'zero' | 'reserve' | 'thin' | 'clone' | 'copy' | 'link';

export interface Filling {
  order: CreateOrder;
  part: string;
  files: VolumeFiles;
  copier: Copier;
  exchange?: Exchange | undefined;
  blank: Blank;
  /** Whether no other delegate is to help. */
  isAlone?: boolean;
  signal: AbortSignal;
}

/**
 * Fills the part of an order without moving data.
 * @returns undefined if the file system can't, or is not to: then the data has to be moved
 */
export async function fillAtOnce(filling: Filling): Promise<Method | undefined> {
  const { order, part, files, blank, signal } = filling;
  const { sourceId, sizeBytes } = order;
  signal.throwIfAborted();
  if (!mayFillAtOnce(order, blank)) return undefined;
  try {
    if (sourceId !== undefined) return await cloneAtOnce(filling, sourceId);
    if (blank === 'thin') await files.setSize(part, sizeBytes, signal);
    else if (!(await files.reserve(part, sizeBytes, signal))) return mustWrite(blank);
    await files.flush(part, signal, sizeBytes);
  } catch (error) {
    // That it was removed says more. A look that fails does not.
    if ((await files.sizeOf(part).catch(() => 0)) === undefined) throw removed(order);
    throw error;
  }
  return blank === 'thin' ? 'thin' : 'reserve';
}

/** Whether a part may get what it is to hold without data being moved. It then finds out whether the part is there. */
export function mayFillAtOnce(order: CreateOrder, blank: Blank): boolean {
  // What leaves the volume directory must not share blocks: nobody would count those that a volume may still need.
  return !isFilled(order) && blank !== 'zero' && order.kind !== 'export' && !importOf(order);
}

/**
 * Whoever deletes the file takes its part away, maybe at another delegate: dd and cp would make a new one.
 * @throws {JobError} if that was done
 */
async function mustBeThere({ order, part, files }: Filling): Promise<void> {
  if ((await files.sizeOf(part)) === undefined) throw removed(order);
}

function removed({ id }: CreateOrder): JobError {
  return new JobError(`what was begun of ${id} was removed`);
}

/** @throws {JobError} if space that was not set aside is not to be written instead */
function mustWrite(blank: Blank): undefined {
  if (blank === 'reserve')
    throw new JobError('the file system of the volumes cannot reserve space');
}

async function cloneAtOnce(filling: Filling, sourceId: string): Promise<Method | undefined> {
  const { part, files, signal } = filling;
  const sourceSize = await sizeOfSource(filling, sourceId);
  if (!(await files.clone(sourceId, part, signal))) return undefined;
  // Else zeroes are still to be written.
  return (await finish(filling, sourceSize)) ? 'clone' : undefined;
}

/** Fills the part of an order with data that is written: this takes as long as there is data. */
export async function fillByWriting(filling: Filling): Promise<Method> {
  const { order, part, files, copier, exchange, blank, isAlone = false, signal } = filling;
  const { sourceId, sizeBytes } = order;
  signal.throwIfAborted();
  if (isFilled(order)) {
    await files.flush(part, signal, sizeBytes);
    return (await files.isShared(part)) ? 'clone' : 'copy';
  }
  await mustBeThere(filling);
  const imported = importOf(order);
  if (imported) {
    await have(exchange).copyIn(imported, imported.sizeBytes, part, signal);
    if (imported.sizeBytes < sizeBytes && !(await finish(filling, imported.sizeBytes)))
      await files.dd.fillWithZeroes(part, imported.sizeBytes, sizeBytes, signal);
    return 'copy';
  }
  if (sourceId === undefined) {
    await files.dd.fillWithZeroes(part, 0, sizeBytes, signal);
    return 'zero';
  }
  const sourceSize = await sizeOfSource(filling, sourceId);
  if (await files.isShared(part)) {
    // It was cloned before.
    await files.dd.fillWithZeroes(part, sourceSize, sizeBytes, signal);
    return 'clone';
  }
  const isReserved = !isNeverWritten(order) && blank !== 'thin';
  if (!isReserved || blank !== 'zero') {
    const copy = { source: sourceId, sourceSize, part, sizeBytes, isReserved, isAlone, signal };
    if (await copier.copy(copy)) return 'copy';
    mustWrite(blank);
  }
  await files.dd.copy(sourceId, part, 0, sourceSize, signal);
  if (sourceSize < sizeBytes) await files.dd.fillWithZeroes(part, sourceSize, sizeBytes, signal);
  return 'copy';
}

/** Then nobody will need the space of its holes. (An exported file is its user's, and no volume.) */
export function isNeverWritten(order: CreateOrder): boolean {
  return order.kind !== 'createVolume' || order.readOnly === true;
}

/** The user's file that it is made from. */
export function importOf(order: CreateOrder) {
  return order.kind === 'createVolume' ? order.importFrom : undefined;
}

/** Settings may have changed since the order was taken. */
export function have(exchange: Exchange | undefined): Exchange {
  if (exchange) return exchange;
  throw new JobError('this site has no exchange directory any more');
}

/**
 * Gives what was cloned or imported its size, and what it does not have of its space, and flushes it.
 * @returns false if the rest can't have its space without being written; then it does not have its size, and is not flushed
 * @throws {JobError} also if it is not to be written
 */
async function finish(filling: Filling, from: number): Promise<boolean> {
  const { order, part, files, blank, signal } = filling;
  const { sizeBytes } = order;
  if (!isNeverWritten(order)) {
    if (blank === 'thin') await files.setSize(part, sizeBytes, signal);
    else if (blank === 'zero' || !(await files.reserve(part, sizeBytes, signal))) {
      mustWrite(blank);
      if (from < sizeBytes) return false;
    }
  }
  await files.flush(part, signal, sizeBytes);
  return true;
}

/** @throws {JobError} if there is no such file, or it has another size than the order says, so that data would be left out */
async function sizeOfSource({ order, files }: Filling, sourceId: string): Promise<number> {
  const { sizeBytes } = order;
  const size = await files.sizeOf(sourceId);
  if (size === undefined) throw new JobError(`${sourceId} has no file`);
  const fits = isNeverWritten(order) ? size === sizeBytes : size <= sizeBytes;
  if (!fits) throw new JobError(`${sourceId} has ${size} bytes instead of ${sizeBytes}`);
  return size;
}
