import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PosixStorage } from './posix.js';
import { FileExistsError } from './storage.js';
import { mountSmallFileSystem } from './testing/smallFileSystem.js';

let directory: string;
let storage: PosixStorage;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'posix-storage-'));
  const programs = { stat: 'stat' };
  storage = new PosixStorage({ directory, commandTimeoutMs: 10_000, programs });
});
afterEach(() => rm(directory, { recursive: true }));

test('a new file is empty and for nobody else', async () => {
  expect(await storage.createEmpty('new')).toEqual({ targets: [''], mirrors: 1 });
  const made = await stat(join(directory, 'new'));
  expect([made.size, made.mode & 0o777]).toEqual([0, 0o600]);
  expect(await storage.placementOf('new')).toEqual({ targets: [''], mirrors: 1 });
});

test('a file that exists is left alone, and the error names no path', async () => {
  await writeFile(join(directory, 'old'), 'data');
  const error = await storage.createEmpty('old').catch((thrown) => thrown);
  expect(error).toBeInstanceOf(FileExistsError);
  expect(error.message).toBe('create: old: File exists');
  expect(await readFile(join(directory, 'old'), 'utf8')).toBe('data');
});

test('any other failure is not taken for a file that exists', async () => {
  const error = await storage.createEmpty('no-folder/new').catch((thrown) => thrown);
  expect(error).toBeInstanceOf(CommandError);
  expect(error).not.toBeInstanceOf(FileExistsError);
});

test('the free space is that of the file system', async () => {
  const small = await mountSmallFileSystem();
  try {
    const onSmall = new PosixStorage({
      directory: small.directory,
      commandTimeoutMs: 10_000,
      programs: { stat: 'stat' },
    });
    expect(await onSmall.targets()).toEqual([{ id: '', availableBytes: 100 * 1024 ** 2 }]);
    await writeFile(join(small.directory, 'full'), Buffer.alloc(30 * 1024 ** 2));
    expect(await onSmall.targets()).toEqual([{ id: '', availableBytes: 70 * 1024 ** 2 }]);
  } finally {
    await small.unmount();
  }
});
