import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Mirrors } from '../storage/mirrors.js';
import { SpaceLedger } from '../storage/space.js';
import { createFakeLustre, type FakeLustre } from '../storage/testing/fakeLustre.js';
import { lustreStorage, writeTo } from '../storage/testing/mirroredFile.js';
import { partOf } from './job.js';
import {
  COMMAND_TIMEOUT_MS,
  checksumOf,
  createSnapshot,
  createVolume,
  type Delegate,
  log,
  makeFolders,
  startDelegate,
} from './testing/delegate.js';
import { VolumeTypes } from './volumeTypes.js';

// Lustre can't run here: a stand-in lfs gives the recorded answers of a real one.
let lustre: FakeLustre;
let folders: Awaited<ReturnType<typeof makeFolders>>;
let mirrors: Mirrors;
let delegate: Delegate;

/** A delegate whose volumes have two mirrors, but for those of the type `single`. */
beforeEach(async () => {
  lustre = await createFakeLustre();
  folders = await makeFolders();
  vi.stubEnv('FAKE_LUSTRE_STATE', lustre.environment.FAKE_LUSTRE_STATE);
  const { directory } = lustre;
  const settings = { directory, commandTimeoutMs: COMMAND_TIMEOUT_MS };
  const ledger = new SpaceLedger(lustreStorage(lustre, 2), { ...settings, mostMirrors: 2 });
  mirrors = new Mirrors({ ...settings, programs: lustre.programs }, log);
  const types = new VolumeTypes('auto', { single: { mirrors: 1 } });
  delegate = await startDelegate({ directory, state: folders.state }, { ledger, mirrors, types });
});
afterEach(async () => {
  await delegate.jobs.stop();
  vi.unstubAllEnvs();
  await lustre.remove();
  await folders.remove();
});

test('volumes and snapshots are in step when they are available', async () => {
  const volume = createVolume();
  expect(await delegate.finish(volume)).toMatchObject({ state: 'available', method: 'reserve' });
  expect(await mirrors.stateOf(volume.id)).toBe('synced');
  const snapshot = createSnapshot(volume.id);
  expect(await delegate.finish(snapshot)).toMatchObject({ state: 'available', method: 'copy' });
  expect(await mirrors.stateOf(snapshot.id)).toBe('synced');
  const clone = createVolume({ sourceId: snapshot.id });
  expect(await delegate.finish(clone)).toMatchObject({ state: 'available' });
  expect(await mirrors.stateOf(clone.id)).toBe('synced');
  expect(await delegate.listing()).toEqual([volume.id, snapshot.id, clone.id].sort());
});

test('a volume of a type without mirrors has none', async () => {
  const volume = createVolume({ volumeType: 'single' });
  expect(await delegate.finish(volume)).toMatchObject({ state: 'available' });
  expect(await mirrors.stateOf(volume.id)).toBe('plain');
});

test('a volume that cannot be brought in step is available, and stale until later', async () => {
  const volume = createVolume();
  await lustre.become({ busy: [partOf(volume)] });
  expect(await delegate.finish(volume)).toMatchObject({ state: 'available' });
  expect(await mirrors.stateOf(volume.id)).toBe('stale');
});

test('a snapshot that is verified is read from all its mirrors', async () => {
  const volume = createVolume();
  await delegate.finish(volume);
  const snapshot = createSnapshot(volume.id, { checksum: true });
  const { sha256 } = (await delegate.finish(snapshot)) ?? {};
  expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  const verified = await delegate.finish(checksumOf(snapshot.id));
  expect(verified).toMatchObject({ state: 'available', sha256 });
  expect(verified).not.toHaveProperty('message');
  await lustre.become({ different: [snapshot.id] });
  // What was read may be right all the same.
  expect(await delegate.finish(checksumOf(snapshot.id))).toMatchObject({
    ...{ state: 'available', sha256 },
    message: expect.stringMatching(/^one of its mirrors holds something else than the others/),
  });
});

test('a snapshot that cannot be brought in step is not made', async () => {
  const volume = createVolume();
  await delegate.finish(volume);
  await writeTo(lustre, volume.id);
  const { size } = await stat(join(lustre.directory, volume.id));
  const snapshot = createSnapshot(volume.id, { sizeBytes: size });
  await lustre.become({ busy: [partOf(snapshot)] });
  expect(await delegate.finish(snapshot)).toMatchObject({
    state: 'failed',
    message: expect.stringContaining(`'${snapshot.id}' llapi_lease_get_ext resync failed`),
  });
  expect(await delegate.listing()).toEqual([volume.id]);
});
