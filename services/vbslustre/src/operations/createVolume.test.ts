import { newId } from '@vbs-lustre/shared/ids';
import type { vbslustre } from '@vbs-lustre/wsdl';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ALICE, BOB, GIB, openSite, type Site } from '../testing/site.js';
import { createSnapshot } from './createSnapshot.js';
import { createVolume } from './createVolume.js';
import { describeVolume } from './describeVolume.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

test('a new volume is pending until its file is reported complete', async () => {
  const volume = await site.call(createVolume, { size: 2 });
  expect(volume).toMatchObject({ size: 2, sizeBytes: 2 * GIB, status: 'pending' });
  expect(volume.volumeId).toMatch(/^vol-[0-9a-f]{17}$/);
  expect(site.a.received).toMatchObject([
    {
      operation: 'CreateVolumeFile',
      request: { volumeId: volume.volumeId, sizeBytes: 2 * GIB, snapshotId: undefined },
    },
  ]);
  await site.tell(volume.volumeId, 'available');
  expect(await site.status(volume.volumeId)).toBe('available');
});

test('the record is there before the order is given', async () => {
  const seen: unknown[] = [];
  site.a.meanwhile = async () => {
    seen.push(...(await site.database('volumes').select('status', 'delegate')));
  };
  await site.call(createVolume, { size: 1 });
  expect(seen).toEqual([{ status: 'pending', delegate: 'a' }]);
});

test('a size in MiB is exact; one in GiB is shown rounded up', async () => {
  const volume = await site.call(createVolume, { sizeMiB: 1025 });
  expect(volume).toMatchObject({ size: 2, sizeBytes: 1025 * 1024 ** 2 });
});

test.each<[string, vbslustre.CreateVolume]>([
  ['MissingParameter', {}],
  ['InvalidParameterCombination', { size: 1, sizeMiB: 1024 }],
  ['InvalidParameterValue', { size: 0 }],
  ['InvalidParameterValue', { size: -1 }],
  ['InvalidParameterValue', { sizeMiB: 0 }],
  ['InvalidParameterValue', { size: 101 }],
  ['InvalidParameterValue', { sizeMiB: 100 * 1024 + 1 }],
  ['InvalidParameterValue', { size: Number.MAX_SAFE_INTEGER }],
  ['InvalidParameterValue', { size: 1, clientToken: 't'.repeat(65) }],
  ['InvalidSnapshot.NotFound', { snapshotId: newId('snap') }],
  ['InvalidSnapshot.NotFound', { snapshotId: '../../etc/passwd' }],
])('%s: %j', async (code, request) => {
  await expect(site.call(createVolume, request)).rejects.toMatchObject({ code });
  expect(await site.database('volumes')).toEqual([]);
  expect(site.a.received).toEqual([]);
});

test('the largest size is allowed', async () => {
  expect(await site.call(createVolume, { size: 100 })).toMatchObject({ size: 100 });
});

test('the volumes are dealt out to the Volume Delegates in turn', async () => {
  await site.volume();
  await site.volume();
  expect([site.a.taken.length, site.b.taken.length]).toEqual([1, 1]);
});

test('a volume from a snapshot has its size, or more', async () => {
  const snapshotId = await site.snapshot(await site.volume({ sizeMiB: 1025 }));
  const same = await site.call(createVolume, { snapshotId });
  expect(same).toMatchObject({ snapshotId, sizeBytes: 1025 * 1024 ** 2 });
  const larger = await site.call(createVolume, { snapshotId, size: 3 });
  expect(larger).toMatchObject({ snapshotId, sizeBytes: 3 * GIB });
  expect(site.b.received.at(-1)?.request).toMatchObject({ snapshotId, sizeBytes: 3 * GIB });
  const smaller = site.call(createVolume, { snapshotId, size: 1 });
  await expect(smaller).rejects.toMatchObject({ code: 'InvalidParameterValue' });
});

test('the snapshot is held until the copy has ended, well or badly', async () => {
  const snapshotId = await site.snapshot(await site.volume());
  const copies = async () => (await site.database('snapshots').first()).copies;
  const good = await site.call(createVolume, { snapshotId });
  const bad = await site.call(createVolume, { snapshotId });
  expect(await copies()).toBe(2);
  await site.tell(good.volumeId, 'available');
  expect(await copies()).toBe(1);
  await site.tell(bad.volumeId, 'failure : cmd error', 'cp: error');
  expect(await copies()).toBe(0);
});

test('a snapshot that is not available cannot be copied, nor one of somebody else', async () => {
  const volumeId = await site.volume();
  const { snapshotId } = await site.call(createSnapshot, { volumeId });
  const early = site.call(createVolume, { snapshotId });
  await expect(early).rejects.toMatchObject({ code: 'IncorrectState' });
  await site.tell(snapshotId, 'failure : cmd error', 'cp: error');
  const broken = site.call(createVolume, { snapshotId });
  await expect(broken).rejects.toMatchObject({ code: 'IncorrectState' });
  const stolen = site.call(createVolume, { snapshotId }, BOB);
  await expect(stolen).rejects.toMatchObject({ code: 'InvalidSnapshot.NotFound' });
  expect(await site.database('volumes')).toHaveLength(1);
});

test('a volume that could not be made says why, to its owner', async () => {
  const { volumeId } = await site.call(createVolume, { size: 1 }, ALICE);
  await site.tell(volumeId, 'failure : cmd error', 'dd: No space left on device');
  expect(await site.call(describeVolume, { volumeId })).toMatchObject({
    status: 'failure : cmd error',
    statusMessage: 'dd: No space left on device',
  });
});
