import { open, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { run } from '@vbs-lustre/shared/process/run';
import { timed } from './attachBench.js';

const TIMEOUT_MS = 600_000;
const MIB = 1024 ** 2;
const GIB = 1024 * MIB;
/** Of each stretch of 256 MiB, so much has data: a quarter. */
const STRETCH = 256 * MIB;
const DATA = 64 * MIB;
const BLOCK = 4 * MIB;
/** As the services have qemu-img do it. */
const AT_ONCE = String(Math.min(16, 2 * availableParallelism()));

export interface BareCopy {
  copy(from: string, to: string): Promise<number>;
  isFor: readonly ('snapshot' | 'volume')[];
}

export const COPIED_BYTES = 4 * GIB;

const act = (program: string, ...args: string[]) => run(program, args, { timeoutMs: TIMEOUT_MS });

/** Writes a quarter of a file of {@link COPIED_BYTES}, spread over it, and flushes it. */
export async function fillAQuarter(path: string): Promise<void> {
  const file = await open(path, 'r+');
  for (let at = 0; at < COPIED_BYTES; at += STRETCH) {
    for (let block = 0; block < DATA; block += BLOCK) {
      await file.write(Buffer.alloc(BLOCK, 1 + at / STRETCH), 0, BLOCK, at + block);
    }
  }
  await file.sync();
  await file.close();
}

/** Has a file in memory: how fast the disk reads is not what is measured. */
export async function readAll(path: string): Promise<void> {
  await act('dd', `if=${path}`, 'of=/dev/null', 'bs=4M');
}

/** Milliseconds of the program alone that makes an empty file in this way, and has it on disk. */
export async function bareBlank(folder: string, way: string, gib: number): Promise<number> {
  const path = join(folder, 'bare');
  const bytes = String(gib * GIB);
  const make: Readonly<Record<string, () => Promise<unknown>>> = {
    zero: () =>
      act('dd', 'if=/dev/zero', `of=${path}`, 'bs=4M', `count=${256 * gib}`, 'conv=fsync'),
    reserve: () => act('fallocate', '-l', bytes, path),
    thin: () => act('truncate', '-s', bytes, path),
  };
  return once(path, async () => {
    await make[way]?.();
    await act('sync', path);
  });
}

// Milliseconds of tools alone that copy a file, and have the copy on disk.
const dd = (from: string, to: string) =>
  once(to, () => act('dd', `if=${from}`, `of=${to}`, 'bs=4M', 'conv=fsync'));
const cp = (from: string, to: string) =>
  once(to, async () => {
    await act('cp', '--', from, to);
    await act('sync', to);
  });
/** Past the page cache. @param size what gives the file its size */
const qemuImg = (size: readonly [program: string, option: string]) => (from: string, to: string) =>
  once(to, async () => {
    await act(...size, String(COPIED_BYTES), to);
    const formats = ['-f', 'raw', '-O', 'raw', '-t', 'none', '-W', '-m', AT_ONCE];
    await act('qemu-img', 'convert', '-n', '--target-is-zero', ...formats, from, to);
    await act('sync', to);
  });

/** What makes the same copies without the services: with its holes, and with its space set aside, as a volume has it. */
export const BARE_COPIES: Readonly<Record<string, BareCopy>> = {
  dd: { copy: dd, isFor: ['snapshot', 'volume'] },
  cp: { copy: cp, isFor: ['snapshot', 'volume'] },
  'qemu-img': { copy: qemuImg(['truncate', '-s']), isFor: ['snapshot'] },
  'fallocate, qemu-img': { copy: qemuImg(['fallocate', '-l']), isFor: ['volume'] },
};

async function once(path: string, work: () => Promise<unknown>): Promise<number> {
  const ms = await timed(work);
  await rm(path);
  // Else the next one waits for what this one has left to be written.
  await act('sync');
  return ms;
}
