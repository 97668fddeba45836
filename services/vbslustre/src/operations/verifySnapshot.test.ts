import { afterEach, beforeEach, expect, test } from 'vitest';
import { renewLeases } from '../metadata/orderLeases.js';
import { reconcileFiles } from '../reconcile/files.js';
import { BOB, log, NOT_DELIVERED, openSite, type Site } from '../testing/site.js';
import { createVolume } from './createVolume.js';
import { deleteSnapshot } from './deleteSnapshot.js';
import { describeEvents } from './describeEvents.js';
import { describeSnapshot } from './describeSnapshot.js';
import { modifySnapshotAttribute } from './modifySnapshotAttribute.js';
import { updateSnapshotStatus } from './updateSnapshotStatus.js';
import { verifySnapshot } from './verifySnapshot.js';

const SHA256 = 'a1'.repeat(32);
const OTHER = 'b2'.repeat(32);
let site: Site;
let snapshotId: string;

beforeEach(async () => {
  site = await openSite();
  snapshotId = await site.snapshot(await site.volume());
  await site.database('snapshots').update({ sha256: SHA256 });
});
afterEach(() => site.close());

const verify = () => site.call(verifySnapshot, { snapshotId });
const shown = () => site.call(describeSnapshot, { snapshotId });
const orders = () =>
  [...site.a.received, ...site.b.received].filter(
    ({ operation }) => operation === 'ChecksumSnapshotFile',
  );

/** A Volume Delegate tells how it ended. */
async function ended(status: string, told: { sha256?: string; message?: string }): Promise<void> {
  const { order_id: orderId } = await site.database('verifications').first();
  await site.call(updateSnapshotStatus, { snapshotId, orderId, status, ...told });
}

async function events() {
  const { eventSet } = await site.call(describeEvents, { resourceId: snapshotId });
  return eventSet.item.map(({ action, reason }) => ({ action, reason }));
}

test('a snapshot is read by a Volume Delegate, and is intact if it is what it was', async () => {
  expect(await verify()).toMatchObject({ status: 'available', verifyState: 'verifying' });
  const { sizeBytes } = await shown();
  expect(orders()).toMatchObject([{ request: { snapshotId, sizeBytes } }]);
  await ended('available', { sha256: SHA256 });
  expect(await shown()).toMatchObject({
    ...{ status: 'available', verifyState: 'intact' },
    ...{ verifyTime: expect.any(Date), verifyMessage: undefined },
  });
  expect(await events()).toEqual([
    { action: 'snapshot-verified', reason: 'its data is what it was when it was made' },
  ]);
});

test('it is damaged if it is not', async () => {
  await verify();
  await ended('available', { sha256: OTHER });
  const verifyMessage = `its SHA-256 is ${OTHER}, and was ${SHA256} when it was made`;
  expect(await shown()).toMatchObject({ verifyState: 'damaged', verifyMessage });
  expect(await events()).toEqual([{ action: 'snapshot-damaged', reason: verifyMessage }]);
});

test('and if what was read is right, and the delegate says what is wrong all the same', async () => {
  await verify();
  const verifyMessage = 'one of its mirrors holds something else than the others';
  await ended('available', { sha256: SHA256, message: verifyMessage });
  expect(await shown()).toMatchObject({ verifyState: 'damaged', verifyMessage });
  expect(await events()).toEqual([{ action: 'snapshot-damaged', reason: verifyMessage }]);
});

test('what could not be read is neither, and may be read again', async () => {
  await verify();
  const message = 'node: EIO: i/o error';
  await ended('failure : cmd error', { message });
  expect(await shown()).toMatchObject({
    ...{ status: 'available', verifyState: 'failed', verifyMessage: message },
  });
  expect(await events()).toEqual([{ action: 'verification-failed', reason: message }]);
  const again = await verify();
  expect(again).toMatchObject({ verifyState: 'verifying' });
  expect(again).not.toHaveProperty('verifyTime');
  await ended('available', {});
  expect(await shown()).toMatchObject({ verifyState: 'failed' });
});

test('done again meanwhile, or by many at once, it is as if done once', async () => {
  await Promise.all([verify(), verify(), verify()]);
  expect(await verify()).toMatchObject({ verifyState: 'verifying' });
  expect(orders()).toHaveLength(1);
});

test('volumes can be made of it meanwhile, and until they are made it is not deleted and read on', async () => {
  await verify();
  const { volumeId } = await site.call(createVolume, { snapshotId });
  await expect(site.call(deleteSnapshot, { snapshotId })).rejects.toMatchObject({
    code: 'InvalidSnapshot.InUse',
  });
  expect(await shown()).toMatchObject({ verifyState: 'verifying' });
  await site.tell(volumeId, 'available');
  await ended('available', { sha256: SHA256 });
  expect(await shown()).toMatchObject({ verifyState: 'intact' });
});

test('its deletion ends that, and what is found nevertheless changes nothing', async () => {
  await verify();
  const { order_id: orderId, delegate } = await site.database('verifications').first();
  const tried = site.call(deleteSnapshot, { snapshotId, dryRun: true });
  await expect(tried).rejects.toMatchObject({ code: 'DryRunOperation' });
  expect(await shown()).toMatchObject({ verifyState: 'verifying' });
  expect(await site.call(deleteSnapshot, { snapshotId })).toEqual({ return: true });
  expect(await site.database('verifications')).toEqual([]);
  const snapshot = await shown();
  expect(snapshot).toMatchObject({ status: 'deleting' });
  expect(snapshot).not.toHaveProperty('verifyState');
  expect(await renewLeases(site.database, delegate, [orderId])).toEqual([orderId]);
  const late = { snapshotId, orderId, status: 'available', sha256: OTHER };
  await site.call(updateSnapshotStatus, late);
  await site.tell(snapshotId, 'deleted');
  await site.call(updateSnapshotStatus, late);
  expect(await site.status(snapshotId)).toBeUndefined();
  expect(await site.database('events')).toEqual([]);
});

test('an outcome that comes late, or twice, changes nothing', async () => {
  await verify();
  const { order_id: orderId } = await site.database('verifications').first();
  await ended('available', { sha256: SHA256 });
  const late = { snapshotId, orderId, status: 'available', sha256: OTHER };
  await site.call(updateSnapshotStatus, late);
  await verify();
  await site.call(updateSnapshotStatus, late);
  expect(await shown()).toMatchObject({ verifyState: 'verifying' });
  await ended('available', { sha256: SHA256 });
  expect(await shown()).toMatchObject({ verifyState: 'intact' });
});

test('nothing is left of one that no Volume Delegate takes, and nobody takes it for done', async () => {
  await verify();
  await ended('available', { sha256: SHA256 });
  for (const delegate of [site.a, site.b]) delegate.refusal = NOT_DELIVERED;
  await expect(verify()).rejects.toMatchObject({ code: 'Unavailable' });
  expect(await site.database('verifications')).toEqual([]);
  expect(await shown()).toMatchObject({
    ...{ status: 'available', verifyState: 'failed' },
    verifyMessage: expect.stringContaining('No Volume Delegate'),
  });
});

test('a lost order is given again, and a lost outcome is asked for', async () => {
  for (const delegate of [site.a, site.b]) delegate.lostAnswer = new Error('lost');
  await verify();
  for (const delegate of [site.a, site.b]) delegate.lostAnswer = undefined;
  const orderId = orders()[0]?.orderId ?? '';
  for (const { jobs } of [site.a, site.b]) {
    if (jobs.has(orderId)) jobs.set(orderId, { state: 'available', sha256: SHA256 });
  }
  await site.age();
  await reconcileFiles(site.frontEnd, log);
  expect(await shown()).toMatchObject({ verifyState: 'intact' });
});

test('the order of a silent delegate is passed on', async () => {
  await verify();
  const { delegate, order_id } = await site.database('verifications').first();
  await site.silence(delegate);
  await site.endLeases();
  await reconcileFiles(site.frontEnd, log);
  const renewed = await site.database('verifications').first();
  expect(renewed.delegate).not.toBe(delegate);
  expect(renewed.order_id).not.toBe(order_id);
  expect(orders()).toHaveLength(2);
  await ended('available', { sha256: SHA256 });
  expect(await shown()).toMatchObject({ verifyState: 'intact' });
});

test('one without a checksum, that is not available, or is of somebody else is refused', async () => {
  const grant = { snapshotId, operationType: 'add' as const, group: 'all' };
  await site.call(modifySnapshotAttribute, grant);
  await expect(site.call(verifySnapshot, { snapshotId }, BOB)).rejects.toMatchObject({
    code: 'InvalidSnapshot.NotFound',
  });
  await site.database('snapshots').update({ sha256: null });
  await expect(verify()).rejects.toMatchObject({
    code: 'IncorrectState',
    message: expect.stringContaining('checksum=true'),
  });
  await site.database('snapshots').update({ sha256: SHA256 });
  await site.call(deleteSnapshot, { snapshotId });
  await expect(verify()).rejects.toMatchObject({
    code: 'IncorrectState',
    message: expect.stringContaining('is deleting'),
  });
  expect(orders()).toEqual([]);
});

test('whom it is shared with sees that it is damaged, and not more', async () => {
  await site.call(modifySnapshotAttribute, {
    ...{ snapshotId, operationType: 'add' as const, group: 'all' },
  });
  await verify();
  await ended('available', { sha256: OTHER });
  expect(await site.call(describeSnapshot, { snapshotId }, BOB)).toMatchObject({
    ...{ verifyState: 'damaged', verifyMessage: undefined },
  });
});

test('of a deletion and a verification at once one is first, and then nobody reads what is gone', async () => {
  const results = await Promise.allSettled([
    verify(),
    site.call(deleteSnapshot, { snapshotId }),
    verify(),
  ]);
  const [one, deletion, other] = results.map((each) =>
    each.status === 'fulfilled' ? 'ok' : each.reason.code,
  );
  expect(deletion).toBe('ok');
  for (const each of [one, other]) expect(['ok', 'IncorrectState']).toContain(each);
  expect(await site.database('verifications')).toEqual([]);
  expect(await site.status(snapshotId)).toBe('deleting');
});
