import { newId } from '@vbs-lustre/shared/ids';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSnapshot } from './operations/createSnapshot.js';
import { createVolume } from './operations/createVolume.js';
import { deleteVolume } from './operations/deleteVolume.js';
import { describeSnapshot } from './operations/describeSnapshot.js';
import { updateSnapshotStatus } from './operations/updateSnapshotStatus.js';
import { updateVolumeStatus } from './operations/updateVolumeStatus.js';
import { openSite, type Site } from './testing/site.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const FAILURE = 'failure : cmd error';
const orderOf = async (id: string): Promise<string> =>
  (await site.database('volumes').where({ id }).first()).order_id;

test('a report that comes twice is heard twice and counts once', async () => {
  const snapshotId = await site.snapshot(await site.volume());
  const { volumeId } = await site.call(createVolume, { snapshotId });
  await site.tell(volumeId, 'available');
  await site.tell(volumeId, 'available');
  expect(await site.database('snapshots').select('copies')).toEqual([{ copies: 0 }]);
});

test('what was told first stays', async () => {
  const { volumeId } = await site.call(createVolume, { size: 1 });
  await site.tell(volumeId, FAILURE, 'dd: error');
  await site.tell(volumeId, 'available');
  expect(await site.status(volumeId)).toBe(FAILURE);
});

test.each(['available', 'deleted', 'failed', FAILURE])(
  'a report of another order (%s) changes nothing',
  async (status) => {
    const { volumeId } = await site.call(createVolume, { size: 1 });
    await site.call(updateVolumeStatus, { volumeId, orderId: newId('ord'), status });
    expect(await site.status(volumeId)).toBe('pending');
  },
);

test('a report of the creation that comes during the deletion changes nothing', async () => {
  const volumeId = await site.volume();
  const orderId = await orderOf(volumeId);
  await site.call(deleteVolume, { volumeId });
  for (const status of ['available', FAILURE]) {
    await site.call(updateVolumeStatus, { volumeId, orderId, status });
    expect(await site.status(volumeId)).toBe('deleting');
  }
});

test('a report after the deletion is heard and changes nothing', async () => {
  const volumeId = await site.volume();
  await site.call(deleteVolume, { volumeId });
  const report = { volumeId, orderId: await orderOf(volumeId) };
  for (const status of ['deleted', 'deleted', 'available', FAILURE]) {
    expect(await site.call(updateVolumeStatus, { ...report, status })).toEqual({});
    expect(await site.status(volumeId)).toBeUndefined();
  }
});

test('an end of the wrong kind changes nothing', async () => {
  const { volumeId } = await site.call(createVolume, { size: 1 });
  await site.tell(volumeId, 'deleted');
  expect(await site.status(volumeId)).toBe('pending');
  await site.tell(volumeId, 'available');
  await site.call(deleteVolume, { volumeId });
  await site.tell(volumeId, 'available');
  expect(await site.status(volumeId)).toBe('deleting');
});

test('a failed deletion is a failure with its reason', async () => {
  const volumeId = await site.volume();
  await site.call(deleteVolume, { volumeId });
  await site.tell(volumeId, FAILURE, 'rm: error');
  const { status, status_message } = await site.database('volumes').first();
  expect([status, status_message]).toEqual([FAILURE, 'rm: error']);
});

test.each(['', 'in-use', 'pending', 'AVAILABLE'])('the status “%s” is refused', async (status) => {
  const { volumeId } = await site.call(createVolume, { size: 1 });
  await expect(site.tell(volumeId, status)).rejects.toMatchObject({
    code: 'InvalidParameterValue',
  });
  expect(await site.status(volumeId)).toBe('pending');
});

test('snapshots hear their own reports, also of an unknown status and after the volume is gone', async () => {
  const volumeId = await site.volume();
  const { snapshotId } = await site.call(createSnapshot, { volumeId });
  const report = { snapshotId, orderId: newId('ord'), status: 'available' };
  await site.call(updateSnapshotStatus, report);
  expect(await site.status(snapshotId)).toBe('pending');
  await expect(site.tell(snapshotId, 'done')).rejects.toMatchObject({
    code: 'InvalidParameterValue',
  });
  await site.tell(snapshotId, FAILURE, 'cp: error');
  expect(await site.call(describeSnapshot, { snapshotId })).toMatchObject({
    status: FAILURE,
    statusMessage: 'cp: error',
  });
});
