import { newId } from '@vbs-lustre/shared/ids';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BOB, NO_ANSWER, NOT_DELIVERED, openSite, type Site } from '../testing/site.js';
import { createVolume } from './createVolume.js';
import { deleteSnapshot } from './deleteSnapshot.js';
import { deleteVolume } from './deleteVolume.js';
import { describeVolume } from './describeVolume.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

test('a quick deletion is the end of the record', async () => {
  const volumeId = await site.volume();
  site.a.quickEnd = { state: 'deleted' };
  expect(await site.call(deleteVolume, { volumeId })).toEqual({ return: true });
  expect(site.a.received.at(-1)).toMatchObject({ operation: 'DeleteFile', request: { volumeId } });
  expect(await site.status(volumeId)).toBeUndefined();
});

test('a slow deletion shows as deleting, can be asked for again, and ends by a report', async () => {
  const volumeId = await site.volume();
  expect(await site.call(deleteVolume, { volumeId })).toEqual({ return: true });
  expect(await site.call(describeVolume, { volumeId })).toMatchObject({ status: 'deleting' });
  expect(await site.call(deleteVolume, { volumeId })).toEqual({ return: true });
  expect(site.a.taken).toHaveLength(2);
  await site.tell(volumeId, 'deleted');
  const gone = site.call(deleteVolume, { volumeId });
  await expect(gone).rejects.toMatchObject({ code: 'InvalidVolume.NotFound' });
});

test('the record says deleting before the file is touched', async () => {
  const volumeId = await site.volume();
  const seen: unknown[] = [];
  site.a.meanwhile = async () => void seen.push(await site.status(volumeId));
  await site.call(deleteVolume, { volumeId });
  expect(seen).toEqual(['deleting']);
});

test.each(['volume', 'snapshot'])('deleting a %s twice at once is one deletion', async (kind) => {
  const volumeId = await site.volume();
  const snapshotId = await site.snapshot(volumeId);
  const taken = () => site.a.taken.length + site.b.taken.length;
  const before = taken();
  const once = () =>
    kind === 'volume'
      ? site.call(deleteVolume, { volumeId })
      : site.call(deleteSnapshot, { snapshotId });
  const answers = await Promise.all([once(), once(), once()]);
  expect(answers).toEqual(Array(3).fill({ return: true }));
  expect(taken()).toBe(before + 1);
});

test.each(['r', 'w'] as const)('a volume attached %s is not deleted', async (attachMode) => {
  const volumeId = await site.volume();
  await site.attach(volumeId, { attachMode });
  const refused = site.call(deleteVolume, { volumeId });
  await expect(refused).rejects.toMatchObject({ code: 'VolumeInUse' });
  expect(site.a.taken).toHaveLength(1);
});

test('a volume that failed is deleted', async () => {
  const { volumeId } = await site.call(createVolume, { size: 1 });
  await site.tell(volumeId, 'failure : cmd error', 'dd: error');
  expect(await site.call(deleteVolume, { volumeId })).toEqual({ return: true });
});

test('a snapshot is not deleted while a volume is made from it', async () => {
  const snapshotId = await site.snapshot(await site.volume());
  const { volumeId } = await site.call(createVolume, { snapshotId });
  const refused = site.call(deleteSnapshot, { snapshotId });
  await expect(refused).rejects.toMatchObject({ code: 'InvalidSnapshot.InUse' });
  await site.tell(volumeId, 'available');
  await site.call(deleteSnapshot, { snapshotId });
  await site.tell(snapshotId, 'deleted');
  expect(await site.status(snapshotId)).toBeUndefined();
});

test('a snapshot outlives its volume, and the volumes made from a snapshot outlive it', async () => {
  const first = await site.volume();
  const snapshotId = await site.snapshot(first);
  await site.call(deleteVolume, { volumeId: first });
  await site.tell(first, 'deleted');
  const second = await site.volume({ snapshotId });
  await site.call(deleteSnapshot, { snapshotId });
  await site.tell(snapshotId, 'deleted');
  expect(await site.call(describeVolume, { volumeId: second })).toMatchObject({
    snapshotId,
    status: 'available',
  });
});

test('volumes and snapshots of others, and unknown ones, are not found', async () => {
  const volumeId = await site.volume();
  const snapshotId = await site.snapshot(volumeId);
  const noVolume = { code: 'InvalidVolume.NotFound' };
  const noSnapshot = { code: 'InvalidSnapshot.NotFound' };
  await expect(site.call(deleteVolume, { volumeId }, BOB)).rejects.toMatchObject(noVolume);
  await expect(site.call(deleteSnapshot, { snapshotId }, BOB)).rejects.toMatchObject(noSnapshot);
  const unknown = site.call(deleteVolume, { volumeId: newId('vol') });
  await expect(unknown).rejects.toMatchObject(noVolume);
  const mistaken = site.call(deleteSnapshot, { snapshotId: volumeId });
  await expect(mistaken).rejects.toMatchObject(noSnapshot);
});

describe('when the Volume Delegate', () => {
  test('fails, the user hears it, sees it, and can delete again', async () => {
    const volumeId = await site.volume();
    site.a.quickEnd = { state: 'failed', message: 'rm: Read-only file system' };
    const failed = site.call(deleteVolume, { volumeId });
    await expect(failed).rejects.toMatchObject({ code: 'InternalError' });
    expect(await site.call(describeVolume, { volumeId })).toMatchObject({
      status: 'failure : cmd error',
      statusMessage: 'rm: Read-only file system',
    });
    site.a.quickEnd = { state: 'deleted' };
    expect(await site.call(deleteVolume, { volumeId })).toEqual({ return: true });
    expect(await site.status(volumeId)).toBeUndefined();
  });

  test('cannot be reached, another deletes', async () => {
    const volumeId = await site.volume();
    site.a.refusal = NOT_DELIVERED;
    site.b.quickEnd = { state: 'deleted' };
    expect(await site.call(deleteVolume, { volumeId })).toEqual({ return: true });
    expect(await site.status(volumeId)).toBeUndefined();
  });

  test.each([
    ['cannot be reached, nor any other', NOT_DELIVERED],
    ['does not answer', NO_ANSWER],
  ])('%s, the deletion stays promised', async (_case, trouble) => {
    const volumeId = await site.volume();
    site.a.refusal = trouble;
    site.b.refusal = trouble;
    expect(await site.call(deleteVolume, { volumeId })).toEqual({ return: true });
    expect(await site.status(volumeId)).toBe('deleting');
  });
});
