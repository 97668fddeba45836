import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, mkdtemp, open, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Pace } from '../jobs/pace.js';
import { mountImage } from '../storage/testing/smallFileSystem.js';
import { Checksums } from './checksums.js';

const MIB = 1024 ** 2;
const BLOCK = 1024;
const LIMIT_MS = 120_000;
const { signal } = new AbortController();
let directory: string;
let checksums: Checksums;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'checksums-'));
  checksums = new Checksums(directory, LIMIT_MS);
});
afterEach(() => rm(directory, { recursive: true }));

const sha256 = (...data: Buffer[]) =>
  createHash('sha256').update(Buffer.concat(data)).digest('hex');

test('is what others compute, of the whole file or of how it begins', async () => {
  const data = randomBytes(9 * MIB + 5);
  await writeFile(join(directory, 'vol-1'), data);
  expect(await checksums.sha256('vol-1', data.length, signal)).toBe(sha256(data));
  const start = 4 * MIB + 1;
  expect(await checksums.sha256('vol-1', start, signal)).toBe(sha256(data.subarray(0, start)));
});

test('reads no faster than it may', async () => {
  const data = randomBytes(6 * MIB);
  await writeFile(join(directory, 'vol-1'), data);
  const slow = new Checksums(directory, LIMIT_MS, new Pace(4));
  const began = performance.now();
  expect(await slow.sha256('vol-1', data.length, signal)).toBe(sha256(data));
  expect(performance.now() - began).toBeGreaterThan(1_400);
});

test('reads holes as zeroes', async () => {
  const file = await open(join(directory, 'vol-1'), 'w');
  await file.write(Buffer.from('data'), 0, 4, 5 * MIB);
  await file.close();
  await truncate(join(directory, 'vol-1'), 8 * MIB);
  const data = Buffer.alloc(8 * MIB);
  data.write('data', 5 * MIB);
  expect(await checksums.sha256('vol-1', data.length, signal)).toBe(sha256(data));
});

test.each([
  ['is not there', 'ENOENT: no such file or directory', async () => {}],
  [
    'is shorter',
    'the file has 3 bytes instead of 4',
    async (path: string) => writeFile(path, 'abc'),
  ],
  ['is a link', 'ELOOP', async (path: string) => symlink('/etc/hostname', path)],
])('a file that %s has none', async (_, message, make) => {
  await make(join(directory, 'vol-1'));
  await expect(checksums.sha256('vol-1', 4, signal)).rejects.toThrow(message);
});

test('what cannot be read is an error, and no zeroes', async () => {
  // Its first byte is at the address 0, where there is nothing.
  const unreadable = new Checksums('/proc/self', LIMIT_MS);
  await expect(unreadable.sha256('mem', MIB, signal)).rejects.toThrow('EIO: i/o error');
});

test('sees what the disk has, and not what was written to it', async () => {
  const fileSystem = await mountImage('ext4');
  try {
    const [data, file] = [randomBytes(MIB), join(fileSystem.directory, 'vol-1')];
    await writeFile(file, data, { flush: true });
    const mounted = new Checksums(fileSystem.directory, LIMIT_MS);
    expect(await mounted.sha256OnDisk('vol-1', MIB, signal)).toBe(sha256(data));
    // As a disk does it: nobody is told, and what is in memory is as it was.
    const image = await open(join(dirname(fileSystem.directory), 'image'), 'r+');
    const place = await placeOf(data.subarray(0, BLOCK), image);
    await image.write(Buffer.from([~(data.at(0) as number)]), 0, 1, place);
    await image.sync();
    await image.close();
    expect(await mounted.sha256('vol-1', MIB, signal)).toBe(sha256(data));
    expect(await mounted.sha256OnDisk('vol-1', MIB, signal)).not.toBe(sha256(data));
  } finally {
    await fileSystem.unmount();
  }
});

test('ends when it is not wanted any more', async () => {
  await truncate(await empty(), 2 ** 40);
  const cancel = new AbortController();
  const result = checksums.sha256('vol-1', 2 ** 40, cancel.signal);
  setImmediate(() => cancel.abort());
  await expect(result).rejects.toThrow();
});

/** Where a block is, of those of a file. */
async function placeOf(block: Buffer, file: FileHandle): Promise<number> {
  const buffer = Buffer.alloc(MIB);
  for (let start = 0; ; start += MIB) {
    const { bytesRead } = await file.read(buffer, 0, MIB, start);
    if (bytesRead === 0) throw new Error('it is nowhere');
    const found = buffer.indexOf(block);
    if (found >= 0) return start + found;
  }
}

async function empty(): Promise<string> {
  const path = join(directory, 'vol-1');
  await writeFile(path, '');
  return path;
}
