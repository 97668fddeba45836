import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openStorage, type StorageSettings } from './open.js';
import { createFakeLustre, type FakeLustre } from './testing/fakeLustre.js';

let lustre: FakeLustre;
let plain: string;

function settings(directory: string, kind: StorageSettings['kind']): StorageSettings {
  const { programs } = lustre;
  const commandTimeoutMs = 60_000;
  const layout = { stripeSize: '4M', stripeCount: 2, mirrors: 1, mostMirrors: 1 };
  return { directory, kind, ...layout, commandTimeoutMs, programs };
}

beforeEach(async () => {
  lustre = await createFakeLustre();
  plain = await mkdtemp(join(tmpdir(), 'plain-'));
  vi.stubEnv('FAKE_LUSTRE_STATE', lustre.environment.FAKE_LUSTRE_STATE);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await lustre.remove();
  await rm(plain, { recursive: true });
});

test('auto finds out what the directory lies on', async () => {
  expect((await openStorage(settings(lustre.directory, 'auto'))).kind).toBe('lustre');
  expect((await openStorage(settings(plain, 'auto'))).kind).toBe('posix');
});

test('a Lustre that is opened knows which mount is its own', async () => {
  await lustre.become({ alsoMounted: ['/mnt/other'] });
  const storage = await openStorage(settings(lustre.directory, 'lustre'));
  expect((await storage.targets()).map(({ id }) => id)).toEqual(['0', '1', '2', '3']);
});

test('posix can be chosen on Lustre as well', async () => {
  expect((await openStorage(settings(lustre.directory, 'posix'))).kind).toBe('posix');
});

test('what is not Lustre is not taken for it', async () => {
  await expect(openStorage(settings(plain, 'lustre'))).rejects.toThrow(
    /^the volume directory .*plain-.* is not on a Lustre file system .*is Lustre mounted there\?$/,
  );
  await lustre.become({ mounted: false });
  await expect(openStorage(settings(lustre.directory, 'lustre'))).rejects.toThrow(
    /not on a Lustre/,
  );
});

test('mirrors are had on Lustre alone', async () => {
  const mirrored = { mostMirrors: 2 };
  const onLustre = { ...settings(lustre.directory, 'auto'), ...mirrored };
  expect((await openStorage(onLustre)).kind).toBe('lustre');
  for (const kind of ['auto', 'posix'] as const) {
    const elsewhere = { ...settings(plain, kind), ...mirrored };
    await expect(openStorage(elsewhere)).rejects.toThrow('no other file system has mirrors');
  }
});

test('a directory that is not there is an error, not a plain file system', async () => {
  await expect(openStorage(settings(join(plain, 'none'), 'auto'))).rejects.toThrow(
    'No such file or directory',
  );
});
