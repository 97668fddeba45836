import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { renewLeases } from '../metadata/orderLeases.js';
import { usageOf } from '../metadata/usage.js';
import { reconcileCopies } from '../reconcile/copies.js';
import { reconcileFiles } from '../reconcile/files.js';
import { strayParts } from '../reconcile/strayParts.js';
import { ALICE, log, NO_ANSWER, NOT_DELIVERED, openSite, type Site } from '../testing/site.js';
import { createSnapshot } from './createSnapshot.js';
import { createVolume } from './createVolume.js';
import { deleteSnapshot } from './deleteSnapshot.js';
import { deleteVolume } from './deleteVolume.js';
import { describeVolume } from './describeVolume.js';
import { updateVolumeStatus } from './updateVolumeStatus.js';

const FAILURE = 'failure : cmd error';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

/** A volume that `a` is to make of a snapshot. */
async function pending() {
  const snapshotId = await site.snapshot(await site.volume());
  const { volumeId } = await site.call(createVolume, { snapshotId });
  const { order_id: orderId } = await site.database('volumes').where({ id: volumeId }).first();
  return { volumeId, snapshotId, orderId };
}

const copies = async (snapshotId: string) =>
  (await site.database('snapshots').where({ id: snapshotId }).first()).copies;
const lastOf = (delegate: Site['a']) => delegate.received.at(-1);
const deletions = () =>
  [...site.a.received, ...site.b.received].filter(({ operation }) => operation === 'DeleteFile');
const reconcile = () => reconcileFiles(site.frontEnd, log);

test('the deletion of a pending volume ends its making, and lets go of the snapshot when it has', async () => {
  const { volumeId, snapshotId } = await pending();
  expect(await site.call(deleteVolume, { volumeId })).toEqual({ return: true });
  expect(lastOf(site.a)).toMatchObject({ operation: 'DeleteFile', request: { volumeId } });
  expect(await site.call(describeVolume, { volumeId })).toMatchObject({ status: 'deleting' });
  const early = site.call(deleteSnapshot, { snapshotId });
  await expect(early).rejects.toMatchObject({ code: 'InvalidSnapshot.InUse' });
  await site.tell(volumeId, 'deleted');
  expect(await site.status(volumeId)).toBeUndefined();
  expect(await copies(snapshotId)).toBe(0);
  await site.call(deleteSnapshot, { snapshotId });
});

test('that of a pending snapshot does the same for its volume', async () => {
  const volumeId = await site.volume();
  const { snapshotId } = await site.call(createSnapshot, { volumeId });
  expect(await site.call(deleteSnapshot, { snapshotId })).toEqual({ return: true });
  const early = site.call(deleteVolume, { volumeId });
  await expect(early).rejects.toMatchObject({ code: 'VolumeInUse' });
  await site.tell(snapshotId, 'deleted');
  expect(await site.status(snapshotId)).toBeUndefined();
  await site.attach(volumeId);
});

test('what is cancelled does not count for its owner any more', async () => {
  const { volumeId } = await site.call(createVolume, { size: 7 });
  site.a.quickEnd = { state: 'deleted' };
  await site.call(deleteVolume, { volumeId });
  const { usage } = await usageOf(site.database, ALICE);
  expect(usage).toMatchObject({ volumes: 0, bytes: 0 });
});

test.each(['available', FAILURE])(
  'a report of the making (%s) that comes during or after the deletion changes nothing',
  async (status) => {
    const { volumeId, snapshotId, orderId } = await pending();
    const report = () => site.call(updateVolumeStatus, { volumeId, orderId, status });
    await site.call(deleteVolume, { volumeId });
    await report();
    expect(await site.status(volumeId)).toBe('deleting');
    expect(await copies(snapshotId)).toBe(1);
    await site.tell(volumeId, 'deleted');
    await report();
    expect(await site.status(volumeId)).toBeUndefined();
    expect(await copies(snapshotId)).toBe(0);
  },
);

test.each(['available', FAILURE])(
  'a report of the making (%s) at the same moment is before or after it',
  async (status) => {
    const { volumeId, snapshotId, orderId } = await pending();
    const [deleted] = await Promise.all([
      site.call(deleteVolume, { volumeId }),
      site.call(updateVolumeStatus, { volumeId, orderId, status }),
    ]);
    expect(deleted).toEqual({ return: true });
    expect(await site.status(volumeId)).toBe('deleting');
    await site.tell(volumeId, 'deleted');
    expect(await copies(snapshotId)).toBe(0);
  },
);

test('twice at once it is done once, and a retry is told the same', async () => {
  const { volumeId } = await pending();
  const once = () => site.call(deleteVolume, { volumeId, clientToken: 'once' });
  expect(await Promise.all([once(), once(), once()])).toEqual(Array(3).fill({ return: true }));
  expect(deletions()).toHaveLength(1);
  await site.tell(volumeId, 'deleted');
  expect(await once()).toEqual({ return: true });
});

test('a dry run ends nothing', async () => {
  const { volumeId } = await pending();
  const tried = site.call(deleteVolume, { volumeId, dryRun: true });
  await expect(tried).rejects.toMatchObject({ code: 'DryRunOperation' });
  await site.tell(volumeId, 'available');
});

test('a deletion that fails is a failure, and lets go of the snapshot once', async () => {
  const { volumeId, snapshotId } = await pending();
  await site.call(deleteVolume, { volumeId });
  await site.tell(volumeId, FAILURE, 'rm: Read-only file system');
  expect(await site.status(volumeId)).toBe(FAILURE);
  expect(await copies(snapshotId)).toBe(0);
  await site.call(deleteVolume, { volumeId });
  await site.tell(volumeId, 'deleted');
  expect(await copies(snapshotId)).toBe(0);
});

test('who creates it meanwhile hears that it is gone, and nobody makes it', async () => {
  site.a.quickEnd = { state: 'deleted' };
  site.a.meanwhile = async ({ operation, request }) => {
    if (operation !== 'CreateVolumeFile') return;
    const { volumeId } = request as { volumeId: string };
    await site.call(deleteVolume, { volumeId });
    site.a.refusal = NOT_DELIVERED;
  };
  const created = site.call(createVolume, { size: 1 });
  await expect(created).rejects.toMatchObject({ code: 'InvalidVolume.NotFound' });
  expect(site.b.received).toEqual([]);
});

describe('when the Volume Delegate that makes it', () => {
  test.each([
    ['is gone', NOT_DELIVERED],
    ['does not answer', NO_ANSWER],
  ])('%s, another deletes it when the lease is over, and not before', async (_case, trouble) => {
    const { volumeId, snapshotId } = await pending();
    site.a.refusal = trouble;
    site.b.quickEnd = { state: 'deleted' };
    expect(await site.call(deleteVolume, { volumeId })).toEqual({ return: true });
    await site.age();
    await reconcile();
    expect(await site.status(volumeId)).toBe('deleting');
    expect(await copies(snapshotId)).toBe(1);
    await site.endLeases();
    await reconcile();
    expect(lastOf(site.b)).toMatchObject({ operation: 'DeleteFile', request: { volumeId } });
    expect(await site.status(volumeId)).toBeUndefined();
    expect(await copies(snapshotId)).toBe(0);
  });

  test('has changed since, the new one is asked', async () => {
    const { volumeId } = await pending();
    await site.silence('a');
    await site.endLeases();
    await reconcile();
    site.b.quickEnd = { state: 'deleted' };
    expect(await site.call(deleteVolume, { volumeId })).toEqual({ return: true });
    expect(lastOf(site.b)).toMatchObject({ operation: 'DeleteFile' });
    expect(await site.status(volumeId)).toBeUndefined();
  });

  test('announces the order to make it, it hears that nobody waits for that any more', async () => {
    const { volumeId, orderId } = await pending();
    await site.call(deleteVolume, { volumeId });
    const deletion = lastOf(site.a)?.orderId as string;
    expect(await renewLeases(site.database, 'a', [orderId, deletion])).toEqual([orderId]);
  });
});

test('the parts of what is being deleted belong to that, and not to nothing', async () => {
  const { volumeId, orderId } = await pending();
  const part = { name: `.${volumeId}.1.${orderId}.part`, orderId };
  await site.call(deleteVolume, { volumeId });
  expect(await strayParts(site.database, [part])).toEqual([]);
  await site.tell(volumeId, 'deleted');
  expect(await strayParts(site.database, [part])).toEqual([part]);
});

describe('a snapshot that a hypervisor fills', () => {
  let volumeId: string;

  beforeEach(async () => {
    await site.announce('vmm', 'host1', { copies: true });
    volumeId = await site.volume();
    await site.attach(volumeId);
  });

  const create = async () => (await site.call(createSnapshot, { volumeId })).snapshotId;
  const liveCopies = async () =>
    (await site.database('volumes').where({ id: volumeId }).first()).live_copies;

  test('is deleted when its copy is ended', async () => {
    const snapshotId = await create();
    site.a.meanwhile = site.b.meanwhile = async () => expect(site.host1.copies.size).toBe(0);
    expect(await site.call(deleteSnapshot, { snapshotId })).toEqual({ return: true });
    expect(deletions()).toMatchObject([{ request: { snapshotId } }]);
    expect(await liveCopies()).toBe(1);
    // It is no copy any more that came to nothing.
    await reconcileCopies(site.frontEnd, -1, log);
    await site.tell(snapshotId, 'deleted');
    expect(await site.status(snapshotId)).toBeUndefined();
    expect(await liveCopies()).toBe(0);
  });

  test('waits for a host that is silent, and not for ever', async () => {
    const snapshotId = await create();
    await site.silence('host1');
    await site.call(deleteSnapshot, { snapshotId });
    await site.endLeases();
    await reconcile();
    expect(deletions()).toEqual([]);
    await site.age();
    await reconcile();
    expect(deletions()).toHaveLength(1);
    await site.tell(snapshotId, 'deleted');
    expect(await liveCopies()).toBe(0);
  });

  test('is not deleted while it is not known whether its copy has begun', async () => {
    site.host1.lostAnswer = NO_ANSWER;
    await expect(create()).rejects.toMatchObject({ code: 'Unavailable' });
    const { id: snapshotId } = await site.database('snapshots').first();
    const early = site.call(deleteSnapshot, { snapshotId });
    await expect(early).rejects.toMatchObject({ code: 'IncorrectState' });
    site.host1.lostAnswer = undefined;
    await reconcileCopies(site.frontEnd, 60_000, log);
    expect(await site.call(deleteSnapshot, { snapshotId })).toEqual({ return: true });
    await site.tell(snapshotId, 'deleted');
  });
});
