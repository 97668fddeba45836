import { chmod, link, mkdir, open, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@vbs-lustre/shared/ids';
import { partName } from '@vbs-lustre/shared/partName';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PosixStorage } from './posix.js';
import { SpaceLedger } from './space.js';
import { mountSmallFileSystem, type SmallFileSystem } from './testing/smallFileSystem.js';
import { isShared } from './unwritten.js';

const MIB = 1024 ** 2;
let small: SmallFileSystem;

beforeEach(async () => {
  small = await mountSmallFileSystem();
});
afterEach(() => small.unmount());

/** Of 100 MiB: what can be promised, as a delegate sees it that has just been started. */
async function room(overCommit = 1): Promise<number> {
  return roomOf(ledger(overCommit));
}

async function roomOf(space: SpaceLedger): Promise<number> {
  const [target] = await space.room();
  return (target?.availableBytes ?? 0) / MIB;
}

function ledger(overCommit = 1): SpaceLedger {
  const settings = { directory: small.directory, commandTimeoutMs: 10_000 };
  const storage = new PosixStorage({ ...settings, programs: { stat: 'stat' } });
  return new SpaceLedger(storage, { ...settings, reserveBytes: 0, overCommit });
}

const pathOf = (name: string) => join(small.directory, name);

/** A file with holes, the first so many MiB written. */
async function file(id: string, sizeMiB: number, writtenMiB: number, mode = 0o660) {
  const handle = await open(pathOf(id), 'w');
  await handle.truncate(sizeMiB * MIB);
  await handle.write(Buffer.alloc(writtenMiB * MIB, 1));
  await handle.close();
  await chmod(pathOf(id), mode);
  return id;
}

test('what a volume has not written yet is promised to it, as long as it is there', async () => {
  const space = ledger();
  const id = await file(newId('vol'), 60, 10);
  expect(await roomOf(space)).toBe(40);
  // Another delegate, or the same after a restart.
  expect(await room()).toBe(40);
  await rm(pathOf(id));
  expect(await roomOf(space)).toBe(100);
});

test('space that is promised several times over counts so much less, and is refused beyond that', async () => {
  await file(newId('vol'), 60, 0);
  expect(await room(3)).toBe(80);
  const [id, orderId] = [newId('vol'), newId('ord')];
  const part = { id, bytes: 240 * MIB, orderId };
  await expect(ledger(3).reserve(part)).rejects.toThrow('can be promised');
  await expect(ledger(3).reserve({ ...part, bytes: 241 * MIB }, true)).rejects.toThrow('promised');
  expect(await ledger(3).reserve(part, true)).toBe(partName(part));
});

test('a volume that is only read now is promised its space all the same', async () => {
  await file(newId('vol'), 60, 10, 0o440);
  expect(await room()).toBe(40);
});

test('a snapshot is never written, and is promised nothing', async () => {
  await file(newId('snap'), 60, 10, 0o440);
  expect(await room()).toBe(90);
});

test('a volume that is never written is promised nothing, also without its snapshot', async () => {
  await file(newId('vol'), 60, 10, 0o4440);
  expect(await room()).toBe(90);
});

test('a clone is promised all of its size: every block may have to be written elsewhere', async () => {
  await file(newId('vol'), 20, 20, 0o1660);
  expect(await room()).toBe(60);
  // Of a snapshot that is a clone it is the volume that may write.
  const snapshot = await file(newId('snap'), 20, 0, 0o1440);
  expect(await room()).toBe(40);
  await link(pathOf(snapshot), pathOf(newId('vol')));
  expect(await room()).toBe(40);
});

test('a clone in the making is promised all of its size', async () => {
  const part = partName({ id: newId('vol'), bytes: 20 * MIB, orderId: newId('ord') });
  await file(part, 20, 20, 0o1600);
  expect(await room()).toBe(60);
});

test('what is no volume or snapshot is promised nothing', async () => {
  await file('vol-1', 60, 0);
  await mkdir(pathOf(newId('vol')));
  await truncate(pathOf('vol-1'), 70 * MIB);
  expect(await room()).toBe(100);
});

test.each([
  [0o660, false],
  [0o1660, true],
  [0o1440, true],
  [0o2660, false],
])('the mode %i is that of a clone: %s', (mode, isClone) => {
  expect(isShared(mode)).toBe(isClone);
});
