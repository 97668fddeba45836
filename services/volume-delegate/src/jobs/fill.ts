import type { Exchange } from '../exchange/exchange.js';
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

interface Filling {
  order: CreateOrder;
  part: string;
  files: VolumeFiles;
  exchange?: Exchange | undefined;
  blank: Blank;
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
  if (isFilled(order)) return undefined;
  // What leaves the volume directory must not share blocks: nobody would count those that a volume may still need.
  if (blank === 'zero' || order.kind === 'export' || importOf(order)) return undefined;
  if (sourceId !== undefined) return cloneAtOnce(filling, sourceId);
  if (blank === 'thin') {
    await files.stretch(part, sizeBytes, signal);
    return 'thin';
  }
  if (await files.reserve(part, sizeBytes, signal)) return 'reserve';
  if (blank === 'auto') return undefined;
  throw new JobError('the file system of the volumes cannot reserve space');
}

async function cloneAtOnce(filling: Filling, sourceId: string): Promise<Method | undefined> {
  const { part, files, signal } = filling;
  const sourceSize = await sizeOfSource(files, sourceId);
  if (!(await files.clone(sourceId, part, signal))) return undefined;
  await finish(filling, sourceSize);
  return 'clone';
}

/** Fills the part of an order with data that is written: this takes as long as there is data. */
export async function fillByWriting(filling: Filling): Promise<Method> {
  const { order, part, files, exchange, blank, signal } = filling;
  const { sourceId, sizeBytes } = order;
  signal.throwIfAborted();
  if (isFilled(order)) {
    await files.flush(part, signal, sizeBytes);
    return 'copy';
  }
  const imported = importOf(order);
  if (imported) {
    await have(exchange).copyIn(imported, imported.sizeBytes, part, signal);
    if (imported.sizeBytes < sizeBytes) await finish(filling, imported.sizeBytes);
    return 'copy';
  }
  if (sourceId === undefined) {
    await files.fillWithZeroes(part, 0, sizeBytes, signal);
    return 'zero';
  }
  const sourceSize = await sizeOfSource(files, sourceId);
  const keepsHoles = isNeverWritten(order) || blank === 'thin' || (await reserves(filling));
  await files.copy(sourceId, part, sizeBytes, signal, keepsHoles ? 'kept' : 'written');
  await finish(filling, sourceSize);
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
 * Whether the space of the holes of a copy can be set aside. That is done when the data is there: cp empties the file, and to set
 * aside all of it twice takes longer than the copy. The space is promised until then.
 */
async function reserves({ part, files, blank, signal }: Filling): Promise<boolean> {
  if (blank === 'zero') return false;
  if (await files.canReserve(part, signal)) return true;
  if (blank === 'auto') return false;
  throw new JobError('the file system of the volumes cannot reserve space');
}

/** Gives a copy its size, and what it does not have of its space, and flushes it. */
async function finish({ order, part, files, blank, signal }: Filling, from: number): Promise<void> {
  const { sizeBytes } = order;
  if (!isNeverWritten(order)) {
    if (blank === 'thin') return files.stretch(part, sizeBytes, signal);
    if (blank !== 'zero' && (await files.reserve(part, sizeBytes, signal))) return;
    if (from < sizeBytes) return files.fillWithZeroes(part, from, sizeBytes, signal);
  }
  await files.flush(part, signal, sizeBytes);
}

async function sizeOfSource(files: VolumeFiles, sourceId: string): Promise<number> {
  const size = await files.sizeOf(sourceId);
  if (size === undefined) throw new JobError(`${sourceId} has no file`);
  return size;
}
