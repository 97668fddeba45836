import { afterEach, beforeEach, expect, test } from 'vitest';
import { WARM } from '../metadata/warmClones.js';
import { reconcileFiles } from '../reconcile/files.js';
import { reconcileWarmClones } from '../reconcile/warmClones.js';
import { log, openSite, type Site } from '../testing/site.js';
import { createSnapshot } from './createSnapshot.js';
import { createVolume } from './createVolume.js';
import { describeSnapshot } from './describeSnapshot.js';
import { describeSnapshots } from './describeSnapshots.js';
import { describeVolume } from './describeVolume.js';
import { enableFastSnapshotRestores } from './enableFastSnapshotRestores.js';
import { updateSnapshotStatus } from './updateSnapshotStatus.js';

const SHA256 = 'a1'.repeat(32);
let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

/** The last order for this volume or snapshot. */
const orderFor = (id: string) =>
  [...site.a.received, ...site.b.received]
    .map(({ request }) => request as { volumeId?: string; snapshotId?: string })
    .findLast(({ volumeId, snapshotId }) => volumeId === id || snapshotId === id);

/** A Volume Delegate tells that the file is made. */
async function made(snapshotId: string, sha256?: string): Promise<void> {
  const { order_id: orderId } = await site.database('snapshots').where({ id: snapshotId }).first();
  await site.call(updateSnapshotStatus, { snapshotId, orderId, status: 'available', sha256 });
}

async function snapshot(sha256?: string): Promise<string> {
  const volumeId = await site.volume();
  const { snapshotId } = await site.call(createSnapshot, { volumeId, checksum: true });
  await made(snapshotId, sha256);
  return snapshotId;
}

test('a snapshot is ordered with a checksum, if that is asked for, and shows it', async () => {
  const volumeId = await site.volume();
  const { snapshotId } = await site.call(createSnapshot, { volumeId, checksum: true });
  expect(orderFor(snapshotId)).toMatchObject({ volumeId, checksum: true });
  expect(await site.call(describeSnapshot, { snapshotId })).toMatchObject({ sha256: undefined });
  await made(snapshotId, SHA256);
  const shown = { snapshotId, status: 'available', sha256: SHA256 };
  expect(await site.call(describeSnapshot, { snapshotId })).toMatchObject(shown);
  expect((await site.call(describeSnapshots, {})).snapshotSet.item).toMatchObject([shown]);
});

test('else it is ordered without one, unless all are to have one', async () => {
  const request = { volumeId: await site.volume() };
  const plain = await site.call(createSnapshot, request);
  expect(orderFor(plain.snapshotId)).not.toHaveProperty('checksum');
  Object.assign(site.frontEnd, { checksumSnapshots: true });
  const summed = await site.call(createSnapshot, request);
  expect(orderFor(summed.snapshotId)).toMatchObject({ checksum: true });
});

test('the checksum may come with the answer to an order', async () => {
  const volumeId = await site.volume();
  for (const delegate of [site.a, site.b]) {
    delegate.quickEnd = { state: 'available', sha256: SHA256 };
  }
  const { snapshotId } = await site.call(createSnapshot, { volumeId, checksum: true });
  expect(await site.call(describeSnapshot, { snapshotId })).toMatchObject({ sha256: SHA256 });
});

test('what is no checksum is not believed', async () => {
  const snapshotId = await snapshot('../etc');
  expect(await site.call(describeSnapshot, { snapshotId })).toMatchObject({
    ...{ status: 'available', sha256: undefined },
  });
});

test('a volume of it is ordered with what it is to begin with, and shows why it is none', async () => {
  const snapshotId = await snapshot(SHA256);
  const { sizeBytes } = await site.call(describeSnapshot, { snapshotId });
  const { volumeId } = await site.call(createVolume, { snapshotId, size: 2 });
  const snapshotData = { sha256: SHA256, sizeBytes };
  expect(orderFor(volumeId)).toMatchObject({ snapshotId, snapshotData });
  await site.tell(volumeId, 'failed', `the data of ${snapshotId} is damaged`);
  expect(await site.call(describeVolume, { volumeId })).toMatchObject({
    status: 'failure : cmd error',
    statusMessage: `the data of ${snapshotId} is damaged`,
  });
});

test('one that is kept ready is compared too: of a damaged snapshot none is given out', async () => {
  const snapshotId = await snapshot(SHA256);
  const { sizeBytes } = await site.call(describeSnapshot, { snapshotId });
  const snapshotData = { sha256: SHA256, sizeBytes };
  await site.call(enableFastSnapshotRestores, { snapshotId, count: 1 });
  await reconcileWarmClones(site.frontEnd, log);
  const [clone] = await site.database('volumes').where({ owner: WARM });
  expect(orderFor(clone.id)).toMatchObject({ snapshotId, snapshotData });
  await site.tell(clone.id, 'failed', `the data of ${snapshotId} is damaged`);
  const volume = await site.call(createVolume, { snapshotId });
  expect(volume).toMatchObject({ status: 'pending' });
  expect(volume.volumeId).not.toBe(clone.id);
  expect(orderFor(volume.volumeId)).toMatchObject({ snapshotId, snapshotData });
});

test('an order that is given again is the same', async () => {
  const snapshotId = await snapshot(SHA256);
  const { volumeId } = await site.call(createVolume, { snapshotId });
  const first = orderFor(volumeId);
  await site.endLeases();
  await reconcileFiles(site.frontEnd, log);
  const orders = [...site.a.received, ...site.b.received].filter(
    ({ request }) => 'volumeId' in request && request.volumeId === volumeId,
  );
  expect(orders.map(({ request }) => request)).toEqual([first, first]);
});

test('a volume of a snapshot without a checksum is compared with nothing', async () => {
  const snapshotId = await snapshot();
  const { volumeId } = await site.call(createVolume, { snapshotId });
  expect(orderFor(volumeId)).not.toHaveProperty('snapshotData');
});
