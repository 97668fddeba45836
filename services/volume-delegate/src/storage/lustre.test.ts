import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@vbs-lustre/shared/ids';
import type { Log } from '@vbs-lustre/shared/log';
import { partName } from '@vbs-lustre/shared/partName';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LustreStorage } from './lustre.js';
import { FileExistsError } from './storage.js';
import { createFakeLustre, type FakeLustre } from './testing/fakeLustre.js';

const FRESH = { blocks: 653376, used: 1392, available: 601808 };
const FULL = { blocks: 653376, used: 594352, available: 8848 };

const PART = { id: newId('vol'), bytes: 8 * 1024 ** 2, orderId: newId('ord') };

let lustre: FakeLustre;
const warn = vi.fn();

interface Settings {
  stripeSize?: string;
  stripeCount?: number;
  mirrors?: number;
  timeoutMs?: number;
}

function open(settings: Settings = {}) {
  return new LustreStorage(
    {
      directory: lustre.directory,
      mountPoint: join(lustre.directory, '..'),
      stripeSize: settings.stripeSize ?? '4M',
      stripeCount: settings.stripeCount ?? 2,
      mirrors: settings.mirrors ?? 1,
      commandTimeoutMs: settings.timeoutMs ?? 60_000,
      programs: lustre.programs,
    },
    { warn } as unknown as Log,
  );
}

beforeEach(async () => {
  lustre = await createFakeLustre();
  vi.stubEnv('FAKE_LUSTRE_STATE', lustre.environment.FAKE_LUSTRE_STATE);
  warn.mockClear();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await lustre.remove();
});

test('a new file is striped, empty, for nobody else, and its stripes are read back', async () => {
  await lustre.become({ placements: [[3, 0]] });
  const storage = open();
  expect(await storage.createEmpty('new')).toEqual({ targets: ['3', '0'], mirrors: 1 });
  const made = await stat(join(lustre.directory, 'new'));
  expect([made.size, made.mode & 0o777]).toEqual([0, 0o600]);
  expect(await storage.placementOf('new')).toEqual({ targets: ['3', '0'], mirrors: 1 });
  expect(warn).not.toHaveBeenCalled();
});

test('a file with mirrors has so many times its stripes, and is else as any other', async () => {
  const storage = open({ mirrors: 2 });
  const name = partName(PART);
  expect(await storage.createEmpty(name)).toEqual({ targets: ['0', '1', '2', '3'], mirrors: 2 });
  expect(await storage.placementOf(name)).toEqual({ targets: ['0', '1', '2', '3'], mirrors: 2 });
  const made = await stat(join(lustre.directory, name));
  expect([made.size, made.mode & 0o777, made.nlink]).toEqual([0, 0o600, 1]);
  expect(await readdir(lustre.directory)).toEqual([name]);
  expect(warn).not.toHaveBeenCalled();
});

test('what a file says itself counts, for its mirrors too', async () => {
  const name = partName(PART);
  const layout = { mirrors: 3, stripeCount: 1 };
  expect(await open().createEmpty(name, layout)).toMatchObject({ mirrors: 3 });
  await rm(join(lustre.directory, name));
  expect(await open({ mirrors: 3 }).createEmpty(name, { mirrors: 1 })).toMatchObject({
    mirrors: 1,
  });
});

// Recorded: `lfs mirror create` exits with 0 for a name that is taken.
test('a file that exists is left alone by one with mirrors as well', async () => {
  const name = partName(PART);
  await writeFile(join(lustre.directory, name), 'data');
  const error = await open({ mirrors: 2 })
    .createEmpty(name)
    .catch((thrown) => thrown);
  expect(error).toBeInstanceOf(FileExistsError);
  expect(await readFile(join(lustre.directory, name), 'utf8')).toBe('data');
  expect(await readdir(lustre.directory)).toEqual([name]);
});

// Recorded: five mirrors on four OSTs are made without a word.
test('mirrors that have to share an OST are told', async () => {
  const storage = open({ mirrors: 5, stripeCount: 1 });
  expect(await storage.createEmpty(partName(PART))).toMatchObject({ mirrors: 5 });
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('share an OST'), {
    mirrors: [['0'], ['1'], ['2'], ['3'], ['0']],
  });
});

test('more mirrors than Lustre has are its error, and leave no file', async () => {
  const error = await open({ mirrors: 17 })
    .createEmpty(partName(PART))
    .catch((thrown) => thrown);
  expect(error).toMatchObject({
    exitCode: 1,
    message: expect.stringContaining('Invalid argument'),
  });
  expect(await readdir(lustre.directory)).toEqual([]);
});

test('a file that exists is refused, even an empty one', async () => {
  await writeFile(join(lustre.directory, 'old'), '');
  const error = await open()
    .createEmpty('old')
    .catch((thrown) => thrown);
  expect(error).toBeInstanceOf(FileExistsError);
  expect(error.message).toContain("setstripe error for 'old': stripe already set");
});

test('fewer stripes than asked for are told', async () => {
  expect((await open({ stripeCount: 9 }).createEmpty('new')).targets).toHaveLength(4);
  expect(warn).toHaveBeenCalledWith(expect.any(String), { wanted: 9, got: 4 });
});

test('a file of a pool lies on OSTs of the pool only, with mirrors or without', async () => {
  await lustre.become({ pools: { flash: [1, 3] } });
  const storage = open();
  expect((await storage.createEmpty('new', { pool: 'flash' })).targets).toEqual(['1', '3']);
  expect(warn).not.toHaveBeenCalled();
  const layout = { pool: 'flash', stripeCount: 1, mirrors: 2 };
  const mirrored = await storage.createEmpty(partName(PART), layout);
  expect(mirrored.targets.sort()).toEqual(['1', '3']);
});

test('a pool that there is not is Lustre’s error, and makes no file', async () => {
  const error = await open()
    .createEmpty('new', { pool: 'nopool' })
    .catch((thrown) => thrown);
  expect(error).toMatchObject({ exitCode: 22 });
  expect(error.stderr).toContain("pool 'nopool fsname lfs1' does not exist");
  expect(await readdir(lustre.directory)).toEqual([]);
});

test('of an error only the first line is kept, not the usage', async () => {
  const error = await open({ stripeSize: '100k' })
    .createEmpty('new')
    .catch((thrown) => thrown);
  expect(error).toBeInstanceOf(CommandError);
  expect(error.stderr).toBe("lfs setstripe setstripe: invalid stripe size '100k'");
});

test('no file is made where Lustre is no longer mounted', async () => {
  await lustre.become({ mounted: false });
  await expect(open().createEmpty('new')).rejects.toMatchObject({ exitCode: 25 });
  const inPool = open().createEmpty('new', { pool: 'flash' });
  await expect(inPool).rejects.toMatchObject({ exitCode: 19 });
  await expect(stat(join(lustre.directory, 'new'))).rejects.toThrow('ENOENT');
  const error = await open()
    .targets()
    .catch((thrown) => thrown);
  expect(error).toMatchObject({ exitCode: 95, stderr: 'df:. Not a Lustre filesystem' });
});

test('the free space is told OST by OST, of our mount only', async () => {
  await lustre.become({ osts: [FULL, FRESH], alsoMounted: ['/mnt/other'] });
  expect(await open().targets()).toEqual([
    { id: '0', availableBytes: 8848 * 1024 },
    { id: '1', availableBytes: 601808 * 1024 },
  ]);
});

// That `lfs df -p` prints a part of the rows only is what its manual page says.
test('the free space of a pool is that of its OSTs', async () => {
  await lustre.become({ osts: [FRESH, FULL, FRESH, FRESH], pools: { flash: [1, 3] } });
  expect(await open().targets('flash')).toEqual([
    { id: '1', availableBytes: 8848 * 1024 },
    { id: '3', availableBytes: 601808 * 1024 },
  ]);
});

test.each([true, 'told'] as const)('an OST that is down (%s) is not among them', async (down) => {
  await lustre.become({ osts: [FRESH, { ...FRESH, down }, FRESH] });
  expect((await open().targets()).map(({ id }) => id)).toEqual(['0', '2']);
});

test('a program that hangs is an error', async () => {
  await lustre.become({ hang: ['df'] });
  await expect(open({ timeoutMs: 300 }).targets()).rejects.toMatchObject({ timedOut: true });
});

test('of a composite layout the components that have OSTs count', async () => {
  await lustre.become({ composite: true });
  await writeFile(join(lustre.directory, 'pfl'), '');
  expect(await open().placementOf('pfl')).toEqual({ targets: ['2'], mirrors: 1 });
});

test('the stripes of a file that is not there are an error', async () => {
  await expect(open().placementOf('nofile')).rejects.toThrow(
    "getstripe for 'nofile' failed: No such file or directory",
  );
});
