import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ledger } from '../verdicts/ledger.js';

const BYTES = 1024 ** 2;
/** The mode of what shares its blocks says so. */
const SHARES = 0o1000;
/** How many bytes of which volumes. */
const filled = new Map<string, number>();

/** How the files of a lane are made. */
export interface Way {
  /** `creationMethod` of empty volumes, and of what is made of others. */
  blank: string;
  copy: string;
}

/** Writes a volume, as a machine would, so that it shows what is made of it. */
export function fill(folder: string, volumeId: string, bytes = BYTES): void {
  filled.set(volumeId, bytes);
  writeFileSync(join(folder, volumeId), dataOf(volumeId), { flag: 'r+', flush: true });
}

/** Which files are not made, do not hold what they are to hold, do not have their space, or do not promise it, in words. */
export function wrongFiles(way: Way, { volumes, snapshots }: Ledger, folder: string): string[] {
  const sources = new Map(snapshots.map((each) => [each.snapshotId, each.volumeId]));
  const files = [
    ...snapshots.map(({ snapshotId: id, ...more }) => ({ id, ...more, isCopy: true })),
    ...volumes.map(({ volumeId: id, snapshotId, ...more }) => {
      const own = filled.has(id) ? id : undefined;
      const volumeId = snapshotId === undefined ? own : sources.get(snapshotId);
      return { id, ...more, volumeId, isCopy: snapshotId !== undefined };
    }),
  ];
  return files.flatMap(({ id, status, statusMessage, volumeId, isCopy }) => {
    if (status !== 'available') return [`${id} is ${status}: ${statusMessage}`];
    const path = join(folder, id);
    const { size, mode, blocks } = statSync(path);
    const expected = Buffer.alloc(size);
    if (volumeId !== undefined) dataOf(volumeId).copy(expected);
    const isFull = blocks * 512 >= size;
    const mayLack = id.startsWith('snap-') || way.blank === 'thin';
    const isThin = way.blank === 'thin' && volumeId === undefined;
    const shares = (mode & SHARES) !== 0;
    return [
      ...(readFileSync(path).equals(expected) ? [] : [`${id} holds something else`]),
      ...(isFull || mayLack ? [] : [`${id} lacks space`]),
      ...(isFull && isThin ? [`${id} is not thin`] : []),
      ...(shares === (isCopy && way.copy === 'clone') ? [] : [`${id} says ${shares} of sharing`]),
    ];
  });
}

/** What is written to a volume that others are made of. */
export function dataOf(volumeId: string): Buffer {
  return Buffer.alloc(filled.get(volumeId) ?? BYTES, volumeId);
}
