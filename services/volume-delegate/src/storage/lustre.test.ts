import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@vbs-lustre/shared/log';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LustreStorage } from './lustre.js';
import { FileExistsError } from './storage.js';
import { createFakeLustre, type FakeLustre } from './testing/fakeLustre.js';

const FRESH = { blocks: 653376, used: 1392, available: 601808 };
const FULL = { blocks: 653376, used: 594352, available: 8848 };

// Every call of the stand-in starts a node process.
vi.setConfig({ testTimeout: 60_000 });

let lustre: FakeLustre;
const warn = vi.fn();

function open(settings: { stripeSize?: string; stripeCount?: number; timeoutMs?: number } = {}) {
  return new LustreStorage(
    {
      directory: lustre.directory,
      mountPoint: join(lustre.directory, '..'),
      stripeSize: settings.stripeSize ?? '4M',
      stripeCount: settings.stripeCount ?? 2,
      commandTimeoutMs: settings.timeoutMs ?? 10_000,
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
  expect(await storage.createEmpty('new')).toEqual(['3', '0']);
  const made = await stat(join(lustre.directory, 'new'));
  expect([made.size, made.mode & 0o777]).toEqual([0, 0o600]);
  expect(await storage.targetsOf('new')).toEqual(['3', '0']);
  expect(warn).not.toHaveBeenCalled();
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
  expect(await open({ stripeCount: 9 }).createEmpty('new')).toHaveLength(4);
  expect(warn).toHaveBeenCalledWith(expect.any(String), { wanted: 9, got: 4 });
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
  expect(await open().targetsOf('pfl')).toEqual(['2']);
});

test('the stripes of a file that is not there are an error', async () => {
  await expect(open().targetsOf('nofile')).rejects.toThrow(
    "getstripe for 'nofile' failed: No such file or directory",
  );
});
