import { ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import type { vbslustre } from '@vbs-lustre/wsdl';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { usageOf } from '../metadata/usage.js';
import { usersOf } from '../metadata/users.js';
import { WARM } from '../metadata/warmClones.js';
import { reconcileWarmClones } from '../reconcile/warmClones.js';
import { ALICE, BOB, GIB, log, openSite, type Site } from '../testing/site.js';
import { createSnapshot } from './createSnapshot.js';
import { createVolume } from './createVolume.js';
import { describeEvents } from './describeEvents.js';
import { describeFastSnapshotRestores } from './describeFastSnapshotRestores.js';
import { describeVolumes } from './describeVolumes.js';
import { disableFastSnapshotRestores } from './disableFastSnapshotRestores.js';
import { enableFastSnapshotRestores } from './enableFastSnapshotRestores.js';
import { modifySnapshotAttribute } from './modifySnapshotAttribute.js';
import { modifyVolume } from './modifyVolume.js';

let site: Site;
let snapshotId: string;

beforeEach(async () => {
  site = await openSite();
  snapshotId = await site.snapshot(await site.volume());
});
afterEach(() => site.close());

const warm = () => site.database('volumes').where({ owner: WARM }).orderBy(['create_time', 'id']);
const enable = (count: number, userId = ALICE, more: object = {}) =>
  site.call(enableFastSnapshotRestores, { snapshotId, count, ...more }, userId);
const disable = (userId = ALICE) => site.call(disableFastSnapshotRestores, { snapshotId }, userId);
const describe = async (request: vbslustre.DescribeFastSnapshotRestores = {}) =>
  (await site.call(describeFastSnapshotRestores, request)).fastSnapshotRestoreSet.item;
const create = (request: object = {}, userId = ALICE) =>
  site.call(createVolume, { snapshotId, ...request }, userId);

/** Makes one after the other, until so many are ready. */
async function fill(count: number): Promise<void> {
  await enable(count);
  for (let made = 0; made < count; made += 1) {
    await reconcileWarmClones(site.frontEnd, log);
    for (const { id } of (await warm()).filter(({ status }) => status === 'pending')) {
      await site.tell(id, 'available');
    }
  }
  expect(await warm()).toHaveLength(count);
}

test('describe shows how far it is, in the words of EC2', async () => {
  await enable(2);
  expect(await describe()).toEqual([
    {
      ...{ snapshotId, state: 'enabling', stateTransitionReason: undefined },
      ...{ count: 2, readyCount: 0, createTime: expect.any(Date) },
    },
  ]);
  await reconcileWarmClones(site.frontEnd, log);
  expect(await describe()).toMatchObject([{ state: 'optimizing', readyCount: 0 }]);
  await fill(2);
  expect(await describe()).toMatchObject([{ state: 'enabled', count: 2, readyCount: 2 }]);
  await disable();
  expect(await describe()).toMatchObject([{ state: 'disabling', count: 0 }]);
});

test('a volume of it is one that is ready: available at once, without an order', async () => {
  await fill(1);
  const [clone] = await warm();
  const before = [site.a.received.length, site.b.received.length];
  const tagSet = { item: [{ key: 'Name', value: 'web' }] };
  const volume = await create({ clientToken: 'once', tagSet });
  expect(volume).toMatchObject({
    ...{ volumeId: clone.id, status: 'available', snapshotId, sizeBytes: GIB, tagSet },
    snapshotConsistency: 'exact',
  });
  expect([site.a.received.length, site.b.received.length]).toEqual(before);
  expect(await warm()).toEqual([]);
  expect(await create({ clientToken: 'once', tagSet })).toEqual(volume);
  await site.attach(volume.volumeId);
});

test('it needs no Volume Delegate', async () => {
  await fill(1);
  await site.silence('a');
  await site.silence('b');
  expect(await create()).toMatchObject({ status: 'available' });
});

test('when none is ready it is made as ever', async () => {
  await enable(1);
  await reconcileWarmClones(site.frontEnd, log);
  expect(await create()).toMatchObject({ status: 'pending' });
  expect(await warm()).toMatchObject([{ status: 'pending' }]);
});

test.each([{ size: 2 }, { readOnly: true }])('one that is to be %j is made', async (request) => {
  await fill(1);
  expect(await create(request)).toMatchObject({ status: 'pending' });
  expect(await warm()).toHaveLength(1);
});

test('a size that is the same is no other', async () => {
  await fill(1);
  expect(await create({ sizeMiB: 1024 })).toMatchObject({ status: 'available' });
});

test('nobody sees what is kept ready', async () => {
  await fill(1);
  const own = async (userId: string) => (await site.call(describeVolumes, {}, userId)).volumeSet;
  expect((await own(ALICE)).item).toHaveLength(1);
  expect((await own(BOB)).item).toEqual([]);
  const users = await usersOf(site.database, { limit: 10 });
  expect(users.map(({ owner }) => owner)).toEqual([ALICE]);
});

test('whom the snapshot is shared with gets one too, and others nothing', async () => {
  await fill(1);
  await expect(create({}, BOB)).rejects.toMatchObject({ code: 'InvalidSnapshot.NotFound' });
  const userIdSet = { item: [{ userId: BOB }] };
  await site.call(modifySnapshotAttribute, { snapshotId, operationType: 'add', userIdSet });
  const { volumeId } = await create({}, BOB);
  expect(await site.database('volumes').where({ id: volumeId })).toMatchObject([{ owner: BOB }]);
  for (const refused of [() => enable(1, BOB), () => disable(BOB)]) {
    await expect(refused()).rejects.toMatchObject({ code: 'InvalidSnapshot.NotFound' });
  }
});

test('a dry run takes none, and enables nothing', async () => {
  await fill(1);
  const dryRun = true;
  const disabling = () => site.call(disableFastSnapshotRestores, { snapshotId, dryRun });
  for (const tried of [() => create({ dryRun }), () => enable(2, ALICE, { dryRun }), disabling]) {
    await expect(tried()).rejects.toMatchObject({ code: 'DryRunOperation' });
  }
  expect(await warm()).toHaveLength(1);
  expect(await describe()).toMatchObject([{ count: 1 }]);
});

test.each([0, 5, -1])('a count of %d is refused', async (count) => {
  await expect(enable(count)).rejects.toMatchObject({ code: 'InvalidParameterValue' });
});

test('a site that keeps none ready says so', async () => {
  site.frontEnd.maxWarmClones = 0;
  await expect(enable(1)).rejects.toMatchObject({ code: 'UnsupportedOperation' });
});

test('a snapshot that is not available, or none, is refused', async () => {
  const { snapshotId: early } = await site.call(createSnapshot, { volumeId: await site.volume() });
  const refused = site.call(enableFastSnapshotRestores, { snapshotId: early, count: 1 });
  await expect(refused).rejects.toMatchObject({ code: 'IncorrectState' });
  await site.tell(early, 'available');
  for (const id of [newId('snap'), 'x']) {
    const nothing = site.call(enableFastSnapshotRestores, { snapshotId: id, count: 1 });
    await expect(nothing).rejects.toMatchObject({ code: 'InvalidSnapshot.NotFound' });
    const item = [{ snapshotId: id }];
    await expect(describe({ snapshotSet: { item } })).rejects.toBeInstanceOf(ServiceFault);
  }
});

test('what is wanted counts for the quota of the owner, ready or not', async () => {
  site.frontEnd.quotas = { gib: 4 };
  await expect(enable(3)).rejects.toMatchObject({ code: 'VolumeLimitExceeded' });
  await enable(2);
  const bytes = async () => (await usageOf(site.database, ALICE)).usage.bytes;
  expect(await bytes()).toBe(4 * GIB);
  await expect(site.call(createVolume, { size: 1 })).rejects.toMatchObject({
    code: 'VolumeLimitExceeded',
  });
  expect(await usersOf(site.database, { limit: 1 })).toMatchObject([{ bytes: 4 * GIB }]);
  await enable(1);
  expect(await bytes()).toBe(3 * GIB);
  await disable();
  expect(await bytes()).toBe(2 * GIB);
});

test('its owner is told in the events of the snapshot', async () => {
  await enable(2);
  await enable(2);
  await disable();
  await disable();
  const { eventSet } = await site.call(describeEvents, { resourceId: snapshotId });
  expect(eventSet.item.map(({ action }) => action)).toEqual([
    'fast-restores-disabled',
    'fast-restores-enabled',
  ]);
});

test('they are listed page by page, and only those of the caller', async () => {
  const second = await site.snapshot(await site.volume());
  await enable(1);
  await site.call(enableFastSnapshotRestores, { snapshotId: second, count: 1 });
  const ask = (request: object, userId = ALICE) =>
    site.call(describeFastSnapshotRestores, { maxResults: 1, ...request }, userId);
  const first = await ask({});
  const last = await ask({ nextToken: first.nextToken });
  const ids = [first, last].flatMap(({ fastSnapshotRestoreSet: { item } }) =>
    item.map((each) => each.snapshotId),
  );
  expect(ids.sort()).toEqual([snapshotId, second].sort());
  expect(last.nextToken).toBeUndefined();
  expect((await ask({}, BOB)).fastSnapshotRestoreSet.item).toEqual([]);
  expect(await describe({ snapshotSet: { item: [{ snapshotId: second }] } })).toHaveLength(1);
});

/** A Volume Delegate that has no space until something is deleted. */
function fullUntilDeleted(delegate: Site['a']): void {
  delegate.quickEnd = { state: 'pending' };
  delegate.refusal = undefined;
  delegate.meanwhile = async ({ operation }) => {
    if (operation === 'DeleteFile') {
      delegate.quickEnd = { state: 'deleted' };
      return;
    }
    const isDeleted = [...site.a.received, ...site.b.received].some(
      (each) => each.operation === 'DeleteFile',
    );
    delegate.quickEnd = undefined;
    delegate.refusal = isDeleted
      ? undefined
      : new ServiceFault('InsufficientVolumeCapacity', 'There is no space.');
  };
}

test.each([
  ['a volume', () => site.call(createVolume, { size: 1 })],
  ['a snapshot', (volumeId: string) => site.call(createSnapshot, { volumeId })],
  ['an extension', (volumeId: string) => site.call(modifyVolume, { volumeId, size: 2 })],
])('%s for which there is no space takes that of what is kept ready', async (_, order) => {
  const volumeId = await site.volume();
  await fill(2);
  fullUntilDeleted(site.a);
  fullUntilDeleted(site.b);
  await order(volumeId);
  // As many as are needed.
  expect(await warm()).toHaveLength(1);
  const { eventSet } = await site.call(describeEvents, { resourceId: snapshotId });
  expect(eventSet.item[0]).toMatchObject({ action: 'warm-clone-given-up' });
  // Nor is it taken back soon.
  await reconcileWarmClones(site.frontEnd, log);
  expect(await warm()).toMatchObject([{ status: 'available' }]);
});

test('none is given up for what would have no space all the same', async () => {
  await fill(2);
  for (const delegate of [site.a, site.b]) {
    delegate.refusal = new ServiceFault('InsufficientVolumeCapacity', 'There is no space.');
  }
  for (const name of ['a', 'b']) await site.announce('volume', name, { availableBytes: GIB });
  const hopeless = site.call(createVolume, { size: 50 });
  await expect(hopeless).rejects.toThrow(/^There is no space\.$/);
  expect(await warm()).toMatchObject([{ status: 'available' }, { status: 'available' }]);
});

test('an order that went to a second delegate is given to that one once more', async () => {
  await fill(1);
  const refusals = [
    new ServiceFault('RequestLimitExceeded', 'There is too much to do.'),
    new ServiceFault('InsufficientVolumeCapacity', 'There is no space.'),
  ];
  for (const delegate of [site.a, site.b]) {
    delegate.meanwhile = async ({ operation }) => {
      const isDeletion = operation === 'DeleteFile';
      delegate.quickEnd = isDeletion ? { state: 'deleted' } : undefined;
      delegate.refusal = isDeletion ? undefined : refusals.shift();
    };
  }
  const { volumeId } = await site.call(createVolume, { size: 1 });
  const { delegate, order_id } = await site.database('volumes').where({ id: volumeId }).first();
  const takers = (['a', 'b'] as const).filter((name) => site[name].jobs.has(order_id));
  expect(takers).toEqual([delegate]);
});

test('if the space is not free at once, the refusal says that it will be', async () => {
  await fill(2);
  for (const delegate of [site.a, site.b]) {
    delegate.refusal = new ServiceFault('InsufficientVolumeCapacity', 'There is no space.');
  }
  const refused = site.call(createVolume, { size: 2 });
  await expect(refused).rejects.toThrow(/There is no space\. .*try again in a minute/);
  expect(await warm()).toMatchObject([{ status: 'deleting' }, { status: 'deleting' }]);
  const again = site.call(createVolume, { size: 2 });
  await expect(again).rejects.toThrow(/^There is no space\.$/);
});
