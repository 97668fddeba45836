import { mkdir, open, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@vbs-lustre/shared/ids';
import { type Part, partName } from '@vbs-lustre/shared/partName';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PosixStorage } from './posix.js';
import { SpaceLedger } from './space.js';
import { FileExistsError, InsufficientSpaceError } from './storage.js';
import { mountSmallFileSystem } from './testing/smallFileSystem.js';

const MiB = 1024 ** 2;
let small: Awaited<ReturnType<typeof mountSmallFileSystem>>;

beforeEach(async () => {
  small = await mountSmallFileSystem();
});
afterEach(() => small.unmount());

function ledger(options: { reserveBytes?: number; storage?: PosixStorage } = {}): SpaceLedger {
  const { directory } = small;
  const settings = { directory, commandTimeoutMs: 10_000 };
  return new SpaceLedger(
    options.storage ?? new PosixStorage({ ...settings, programs: { stat: 'stat' } }),
    { ...settings, reserveBytes: options.reserveBytes ?? 0 },
  );
}

function partOf(bytes: number): Part {
  return { id: newId('vol'), bytes, orderId: newId('ord') };
}

async function write(name: string, from: number, bytes: number): Promise<void> {
  const file = await open(join(small.directory, name), 'r+');
  await file.write(Buffer.alloc(bytes, 1), 0, bytes, from);
  await file.close();
}

test('what is promised is an empty file that says so', async () => {
  const part = partOf(100 * MiB);
  expect(await ledger().reserve(part)).toBe(partName(part));
  const made = await stat(join(small.directory, partName(part)));
  expect([made.size, made.mode & 0o777]).toEqual([0, 0o600]);
});

test('one byte too many is refused, and leaves no file', async () => {
  const refusal = ledger().reserve(partOf(100 * MiB + 1));
  await expect(refusal).rejects.toThrow(
    new InsufficientSpaceError('104857601 bytes are wanted and 104857600 bytes can be promised'),
  );
  expect(await readdir(small.directory)).toEqual([]);
});

test('what is promised and not written counts, until it is released', async () => {
  const space = ledger();
  const first = await space.reserve(partOf(60 * MiB));
  await expect(space.reserve(partOf(41 * MiB))).rejects.toThrow(
    `${41 * MiB} bytes are wanted and ${40 * MiB} bytes can be promised`,
  );
  await space.release(first);
  await space.release(first);
  await space.reserve(partOf(41 * MiB));
});

test('what is written counts once', async () => {
  const space = ledger();
  await write(await space.reserve(partOf(60 * MiB)), 0, 50 * MiB);
  await expect(space.reserve(partOf(40 * MiB + 1))).rejects.toThrow(InsufficientSpaceError);
  await space.reserve(partOf(40 * MiB));
});

test('a hole is not written yet, however long the file is', async () => {
  const space = ledger();
  await write(await space.reserve(partOf(60 * MiB)), 59 * MiB, MiB);
  await expect(space.reserve(partOf(40 * MiB + 1))).rejects.toThrow(InsufficientSpaceError);
});

test('a part that took more than it was promised takes nothing back', async () => {
  const space = ledger();
  await write(await space.reserve(partOf(10 * MiB)), 0, 30 * MiB);
  await expect(space.reserve(partOf(70 * MiB + 1))).rejects.toThrow(`${70 * MiB} bytes can be`);
});

test('two delegates on one directory count each other, also at once', async () => {
  const [one, other] = [ledger(), ledger()];
  await one.reserve(partOf(60 * MiB));
  await expect(other.reserve(partOf(60 * MiB))).rejects.toThrow(
    `${40 * MiB} bytes can be promised`,
  );
  const race = [one, other, one, other].map((space) => space.reserve(partOf(30 * MiB)));
  const outcomes = await Promise.allSettled(race);
  const accepted = outcomes.filter(({ status }) => status === 'fulfilled').length;
  expect(accepted).toBeLessThanOrEqual(1);
  const parts = (await readdir(small.directory)).filter((name) => name.endsWith('.part'));
  expect(parts).toHaveLength(1 + accepted);
});

test('calls at once within one delegate are taken in turn: what fits is not refused', async () => {
  const space = ledger();
  const outcomes = await Promise.allSettled(
    [40, 70, 60].map((n) => space.reserve(partOf(n * MiB))),
  );
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('the reserve is never promised', async () => {
  await expect(ledger({ reserveBytes: 20 * MiB }).reserve(partOf(81 * MiB))).rejects.toThrow(
    `${80 * MiB} bytes can be promised`,
  );
});

test('files that are no parts promise nothing', async () => {
  await writeFile(join(small.directory, `.${newId('vol')}.99999999.part`), '');
  await mkdir(join(small.directory, partName(partOf(90 * MiB))));
  await ledger().reserve(partOf(100 * MiB));
});

test('a part that is there already is refused and left alone', async () => {
  const space = ledger();
  const part = partOf(MiB);
  const name = await space.reserve(part);
  await expect(space.reserve(part)).rejects.toThrow(FileExistsError);
  expect(await readdir(small.directory)).toEqual([name]);
});

test('only parts can be released', async () => {
  const volume = newId('vol');
  await writeFile(join(small.directory, volume), '');
  await expect(ledger().release(volume)).rejects.toThrow(RangeError);
  expect(await readdir(small.directory)).toEqual([volume]);
});

test('nothing is accepted on doubt: free space that can not be read is an error', async () => {
  const { directory } = small;
  const programs = { stat: 'false' };
  const storage = new PosixStorage({ directory, commandTimeoutMs: 10_000, programs });
  await expect(ledger({ storage }).reserve(partOf(MiB))).rejects.toThrow(CommandError);
  expect(await readdir(directory)).toEqual([]);
});
