import { ServiceFault } from '@vbs-lustre/shared/faults';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WARM } from '../metadata/warmClones.js';
import { createVolume } from '../operations/createVolume.js';
import { deleteSnapshot } from '../operations/deleteSnapshot.js';
import { describeEvents } from '../operations/describeEvents.js';
import { describeFastSnapshotRestores } from '../operations/describeFastSnapshotRestores.js';
import { disableFastSnapshotRestores } from '../operations/disableFastSnapshotRestores.js';
import { enableFastSnapshotRestores } from '../operations/enableFastSnapshotRestores.js';
import { GIB, log, NO_ANSWER, openSite, type Site } from '../testing/site.js';
import { reconcileFiles } from './files.js';
import { reconcileWarmClones } from './warmClones.js';

const FAILURE = 'failure : cmd error';

let site: Site;
let snapshotId: string;

beforeEach(async () => {
  site = await openSite();
  snapshotId = await site.snapshot(await site.volume());
});
afterEach(() => site.close());

const round = () => reconcileWarmClones(site.frontEnd, log);
const enable = (count: number, id = snapshotId) =>
  site.call(enableFastSnapshotRestores, { snapshotId: id, count });
const warm = () => site.database('volumes').where({ owner: WARM }).orderBy(['create_time', 'id']);
const statuses = async () => (await warm()).map(({ status }) => status);
const restores = () => site.database('fast_snapshot_restores');
const describe = async () =>
  (await site.call(describeFastSnapshotRestores, {})).fastSnapshotRestoreSet.item[0];
const deletions = () =>
  [...site.a.received, ...site.b.received].filter(({ operation }) => operation === 'DeleteFile');

async function fill(count: number): Promise<void> {
  await enable(count);
  for (let made = 0; made < count; made += 1) {
    await round();
    for (const { id, status } of await warm()) {
      if (status === 'pending') await site.tell(id, 'available');
    }
  }
  expect(await statuses()).toEqual(Array(count).fill('available'));
}

test('one after the other is ordered, as a volume is, until as many are ready as are wanted', async () => {
  await enable(2);
  await round();
  await round();
  expect(await statuses()).toEqual(['pending']);
  const [{ id }] = await warm();
  const orders = [...site.a.received, ...site.b.received];
  expect(
    orders.find(({ request }) => 'volumeId' in request && request.volumeId === id),
  ).toMatchObject({
    operation: 'CreateVolumeFile',
    request: { snapshotId, sizeBytes: GIB },
  });
  await site.tell(id, 'available');
  await round();
  expect(await statuses()).toEqual(['available', 'pending']);
  await site.tell((await warm())[1].id, 'available');
  await round();
  expect(await statuses()).toEqual(['available', 'available']);
});

test('one that is taken is replaced', async () => {
  await fill(1);
  await site.call(createVolume, { snapshotId });
  await round();
  expect(await statuses()).toEqual(['pending']);
});

test('each Volume Delegate makes one at a time, of different snapshots', async () => {
  for (let more = 0; more < 3; more += 1) {
    await enable(2, await site.snapshot(await site.volume()));
  }
  await round();
  expect(await warm()).toHaveLength(2);
  await round();
  expect(await warm()).toHaveLength(2);
});

test('no more space is taken than leaves the margin free', async () => {
  await enable(1);
  const announce = async (availableBytes: number) => {
    for (const name of ['a', 'b']) await site.announce('volume', name, { availableBytes });
  };
  await announce(11 * GIB - 1);
  await round();
  expect(await warm()).toEqual([]);
  expect(await describe()).toMatchObject({
    state: 'enabling',
    stateTransitionReason: expect.stringMatching(/no space/),
  });
  await announce(11 * GIB);
  await round();
  expect(await warm()).toHaveLength(1);
});

test('what is too many is deleted, and what is not ready first', async () => {
  await fill(2);
  await enable(1);
  site.a.quickEnd = { state: 'deleted' };
  site.b.quickEnd = { state: 'deleted' };
  await round();
  expect(await statuses()).toEqual(['available']);
  await site.call(disableFastSnapshotRestores, { snapshotId });
  await round();
  expect(await warm()).toEqual([]);
  await round();
  expect(await restores()).toEqual([]);
});

test('a snapshot that is deleted takes them with it', async () => {
  await fill(2);
  site.a.quickEnd = { state: 'deleted' };
  site.b.quickEnd = { state: 'deleted' };
  await site.call(deleteSnapshot, { snapshotId });
  expect(await restores()).toEqual([]);
  await round();
  expect(await warm()).toEqual([]);
});

test('a snapshot can be deleted while one is made of it', async () => {
  await enable(1);
  await round();
  site.a.quickEnd = { state: 'deleted' };
  site.b.quickEnd = { state: 'deleted' };
  await site.call(deleteSnapshot, { snapshotId });
  expect(await site.status(snapshotId)).toBeUndefined();
  expect(await warm()).toEqual([]);
});

test('a snapshot that cannot be deleted until one is not made of it any more tells how to have none made', async () => {
  await enable(1);
  await round();
  await expect(site.call(deleteSnapshot, { snapshotId })).rejects.toMatchObject({
    code: 'InvalidSnapshot.InUse',
    message: expect.stringMatching(/DisableFastSnapshotRestores/),
  });
  expect(await statuses()).toEqual(['deleting']);
  await site.tell((await warm())[0].id, 'deleted');
  await site.call(createVolume, { snapshotId });
  await expect(site.call(deleteSnapshot, { snapshotId })).rejects.toMatchObject({
    code: 'InvalidSnapshot.InUse',
    message: expect.stringMatching(/wait until that has ended/),
  });
});

test('one that is being deleted has none either', async () => {
  await fill(1);
  await site.call(deleteSnapshot, { snapshotId });
  await round();
  expect(await statuses()).toEqual(['deleting']);
  await site.tell(snapshotId, FAILURE, 'rm: no');
  await site.tell((await warm())[0].id, 'deleted');
});

test.each([
  [1, ['available', 'deleting']],
  [0, ['deleting', 'deleting']],
])('a limit that is lower than before (%i) holds for all', async (limit, left) => {
  await fill(2);
  site.frontEnd.maxWarmClones = limit;
  await round();
  expect((await statuses()).sort()).toEqual(left);
  for (const { id, status } of await warm()) {
    if (status === 'deleting') await site.tell(id, 'deleted');
  }
  await round();
  expect(await warm()).toHaveLength(limit);
});

test('a deletion that nobody heard of is ordered again', async () => {
  await fill(1);
  await site.call(disableFastSnapshotRestores, { snapshotId });
  site.a.refusal = NO_ANSWER;
  site.b.refusal = NO_ANSWER;
  await round();
  expect(await statuses()).toEqual(['deleting']);
  expect(await describe()).toMatchObject({ state: 'disabling' });
  for (const delegate of [site.a, site.b]) {
    delegate.refusal = undefined;
    delegate.quickEnd = { state: 'deleted' };
  }
  await site.age();
  await reconcileFiles(site.frontEnd, log);
  expect(await warm()).toEqual([]);
  expect(new Set(deletions().map(({ orderId }) => orderId)).size).toBe(1);
  await round();
  expect(await restores()).toEqual([]);
});

test.each([
  ['fails', undefined],
  ['is refused', new ServiceFault('InsufficientVolumeCapacity', 'cp: no')],
])('one whose making %s is told of, and made again after a while', async (_, refusal) => {
  await enable(1);
  site.a.refusal = refusal;
  site.b.refusal = refusal;
  await round();
  const [{ id }] = await warm();
  if (!refusal) await site.tell(id, FAILURE, 'cp: no');
  expect(await describe()).toMatchObject({
    state: 'optimizing',
    stateTransitionReason: expect.stringMatching(/cp: no/),
  });
  await round();
  expect(await statuses()).toEqual([FAILURE]);
  for (const delegate of [site.a, site.b]) {
    delegate.refusal = undefined;
    delegate.quickEnd = { state: 'deleted' };
  }
  await site.age();
  await round();
  expect(await warm()).toEqual([]);
  const { eventSet } = await site.call(describeEvents, { resourceId: snapshotId });
  expect(eventSet.item[0]).toMatchObject({ action: 'warm-clone-failed', reason: 'cp: no' });
  for (const delegate of [site.a, site.b]) delegate.quickEnd = undefined;
  await round();
  expect(await statuses()).toEqual(['pending']);
});

test('a front end that died before its order was given leaves it to the reconciler', async () => {
  await enable(1);
  site.a.refusal = NO_ANSWER;
  site.b.refusal = NO_ANSWER;
  await round();
  site.a.refusal = undefined;
  site.b.refusal = undefined;
  await site.age();
  await reconcileFiles(site.frontEnd, log);
  expect(await statuses()).toEqual(['pending']);
  const [{ id }] = await warm();
  await site.tell(id, 'available');
  expect(await site.call(createVolume, { snapshotId })).toMatchObject({ volumeId: id });
});
