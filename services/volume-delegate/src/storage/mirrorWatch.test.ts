import { chmod, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { claimName } from '@vbs-lustre/shared/claims';
import { newId } from '@vbs-lustre/shared/ids';
import type { Log } from '@vbs-lustre/shared/log';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { VolumeFiles } from '../jobs/volumeFiles.js';
import { Mirrors } from './mirrors.js';
import { MirrorWatch } from './mirrorWatch.js';
import { createFakeLustre, type FakeLustre } from './testing/fakeLustre.js';
import { mirroredFile, writeTo } from './testing/mirroredFile.js';

// Lustre can't run here: a stand-in lfs gives the recorded answers of a real one.
const { signal } = new AbortController();
const log = { info: vi.fn(), warn: vi.fn() };
let lustre: FakeLustre;
let mirrors: Mirrors;

beforeEach(async () => {
  lustre = await createFakeLustre();
  vi.stubEnv('FAKE_LUSTRE_STATE', lustre.environment.FAKE_LUSTRE_STATE);
  const settings = { ...lustre, commandTimeoutMs: 60_000 };
  mirrors = new Mirrors(settings, log as unknown as Log);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.clearAllMocks();
  await lustre.remove();
});

function watch(pauseMs = 1): MirrorWatch {
  const { directory } = lustre;
  const files = new VolumeFiles(directory, 60_000);
  const isClaimed = (id: string) => files.isClaimed(id);
  const settings = { directory, commandTimeoutMs: 60_000, mirrors, isClaimed, pauseMs };
  return new MirrorWatch({ ...settings, log: log as unknown as Log });
}

/** Has a host say that it attaches this volume. */
async function claim(volumeId: string) {
  const folder = join(lustre.directory, '.attachments');
  const machine = { host: 'vmm1', device: 'xvdb', uuid: 'some-machine' };
  const name = claimName({ volumeId, mode: 'w', orderId: newId('ord'), ...machine });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), '');
  return () => rm(join(folder, name));
}

test('what was written is brought in step, once no machine has it', async () => {
  const [id, other] = [await mirroredFile(lustre, 2), await mirroredFile(lustre, 1)];
  await writeTo(lustre, id);
  await writeTo(lustre, other);
  const release = await claim(id);
  const watched = watch();
  await watched.look(signal);
  expect(watched.counts).toEqual({ synced: 0, attached: 1, stale: 0 });
  expect(await mirrors.stateOf(id)).toBe('stale');
  await release();
  await watched.look(signal);
  expect(watched.counts).toEqual({ synced: 1, attached: 0, stale: 0 });
  expect(await mirrors.stateOf(id)).toBe('synced');
});

test('nothing is remembered: another life finds what is to be done', async () => {
  const id = await mirroredFile(lustre, 3);
  await watch().look(signal);
  await writeTo(lustre, id);
  await watch().look(signal);
  expect(await mirrors.stateOf(id)).toBe('synced');
});

test('what cannot be brought in step is told once, and tried again', async () => {
  const id = await mirroredFile(lustre, 2);
  await writeTo(lustre, id);
  await lustre.become({ busy: [id] });
  const watched = watch();
  await watched.look(signal);
  await watched.look(signal);
  expect(watched.counts).toEqual({ synced: 0, attached: 0, stale: 1 });
  expect(log.warn).toHaveBeenCalledOnce();
  await lustre.become({});
  await watched.look(signal);
  expect(watched.counts).toEqual({ synced: 1, attached: 0, stale: 0 });
});

test('a volume that was read last may be written again by its owner, a snapshot never', async () => {
  const [volume, snapshot] = [await mirroredFile(lustre, 2), await mirroredFile(lustre, 2, 'snap')];
  for (const id of [volume, snapshot]) {
    await writeTo(lustre, id);
    await chmod(join(lustre.directory, id), 0o440);
  }
  await watch().look(signal);
  const modeOf = async (id: string) => (await stat(join(lustre.directory, id))).mode & 0o777;
  expect(await modeOf(volume)).toBe(0o640);
  expect(await modeOf(snapshot)).toBe(0o440);
});

test('it goes on by itself until it is stopped, even in the middle of a file', async () => {
  const watched = watch();
  watched.start();
  const id = await mirroredFile(lustre, 2);
  await writeTo(lustre, id);
  while ((await mirrors.stateOf(id)) === 'stale');
  await lustre.become({ hang: ['mirror resync'] });
  await writeTo(lustre, id);
  await watched.stop();
  expect(await mirrors.stateOf(id)).toBe('stale');
});

test('a file that is deleted meanwhile, or a folder that is no Lustre now, is no harm', async () => {
  const id = await mirroredFile(lustre, 2);
  const watched = watch();
  await watched.look(signal);
  await rm(join(lustre.directory, id));
  await watched.look(signal);
  expect(watched.counts).toEqual({ synced: 0, attached: 0, stale: 0 });
  await mirroredFile(lustre, 2);
  await lustre.become({ mounted: false });
  await watched.look(signal);
  expect(watched.counts).toEqual({ synced: 0, attached: 0, stale: 0 });
});
