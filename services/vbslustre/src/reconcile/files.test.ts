import { ServiceFault } from '@vbs-lustre/shared/faults';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { renewLeases } from '../metadata/orderLeases.js';
import { createSnapshot } from '../operations/createSnapshot.js';
import { createVolume } from '../operations/createVolume.js';
import { deleteVolume } from '../operations/deleteVolume.js';
import { updateVolumeStatus } from '../operations/updateVolumeStatus.js';
import { log, NO_ANSWER, NOT_DELIVERED, openSite, type Site } from '../testing/site.js';
import { reconcileFiles } from './files.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

async function reconcile(): Promise<void> {
  await site.age();
  await reconcileFiles(site.frontEnd, log);
}

const actions = async () => (await site.database('events')).map(({ action }) => action);

test('an order that was lost is given again', async () => {
  site.a.refusal = NO_ANSWER;
  const { volumeId } = await site.call(createVolume, { size: 1 });
  site.a.refusal = undefined;
  await reconcile();
  expect(site.a.taken).toHaveLength(1);
  expect(await site.status(volumeId)).toBe('pending');
  await site.tell(volumeId, 'available');
  // What others were told in time is no event.
  expect(await actions()).toEqual([]);
});

test('a report that was lost is fetched, for the very order that was given', async () => {
  const volumeId = await site.volume();
  const { snapshotId } = await site.call(createSnapshot, { volumeId });
  const order = site.b.taken.at(-1) as string;
  site.b.jobs.set(order, { state: 'available' });
  await reconcile();
  expect(await site.status(snapshotId)).toBe('available');
  expect(site.b.taken).toHaveLength(1);
  expect(await actions()).toEqual(['order-ended']);
});

test('a failure of which the report was lost is fetched with its reason', async () => {
  await site.call(createVolume, { size: 1 });
  site.a.jobs.set(site.a.taken[0] as string, { state: 'failed', message: 'dd: error' });
  await reconcile();
  expect(await site.database('volumes').select('status', 'status_message')).toEqual([
    { status: 'failure : cmd error', status_message: 'dd: error' },
  ]);
});

test('a deletion goes on until it is done', async () => {
  const volumeId = await site.volume();
  site.a.refusal = site.b.refusal = NOT_DELIVERED;
  await site.call(deleteVolume, { volumeId });
  await reconcile();
  expect(await site.status(volumeId)).toBe('deleting');
  site.a.refusal = site.b.refusal = undefined;
  site.a.quickEnd = site.b.quickEnd = { state: 'deleted' };
  await reconcile();
  expect(await site.status(volumeId)).toBeUndefined();
});

test('an order that is refused when it is repeated is a failure, and lets the snapshot go', async () => {
  const snapshotId = await site.snapshot(await site.volume());
  site.a.refusal = NO_ANSWER;
  const { volumeId } = await site.call(createVolume, { snapshotId });
  site.a.refusal = new ServiceFault('InsufficientVolumeCapacity', 'no room');
  await reconcile();
  expect(await site.status(volumeId)).toBe('failure : cmd error');
  expect(await actions()).toEqual(['order-refused']);
});

test('what is new or finished is left alone', async () => {
  await site.volume();
  await reconcile();
  await site.call(createVolume, { size: 1 });
  await reconcileFiles(site.frontEnd, log);
  expect([...site.a.received, ...site.b.received]).toHaveLength(2);
});

test('a delegate that is silent for a moment keeps its order', async () => {
  await site.call(createVolume, { size: 1 });
  site.a.refusal = NOT_DELIVERED;
  await reconcile();
  await reconcile();
  site.a.refusal = undefined;
  await reconcile();
  expect(site.b.received).toEqual([]);
});

test.each([
  ['gone', NOT_DELIVERED],
  ['dumb', NO_ANSWER],
  ['broken', new ServiceFault('InternalError', 'log')],
])(
  'the order of a delegate that is %s for long goes to another, as a new one',
  async (_case, trouble) => {
    const { volumeId } = await site.call(createVolume, { size: 1 });
    const [first] = site.a.taken;
    site.a.refusal = trouble;
    await reconcile();
    expect(site.b.received).toEqual([]);
    await site.endLeases();
    await reconcile();
    expect(site.b.taken).toHaveLength(1);
    expect(site.b.taken).not.toContain(first);
    expect(await actions()).toEqual(['order-passed-on']);
    // What the first one should still say does not count any more.
    const late = { volumeId, orderId: first as string, status: 'failure : cmd error' };
    await site.call(updateVolumeStatus, late);
    expect(await site.status(volumeId)).toBe('pending');
    await site.tell(volumeId, 'available');
    expect(await site.status(volumeId)).toBe('available');
  },
);

test('a deletion too, also if its delegate was dismantled', async () => {
  const volumeId = await site.volume();
  await site.call(deleteVolume, { volumeId });
  await site.database('volumes').update({ delegate: 'dismantled' });
  site.a.quickEnd = site.b.quickEnd = { state: 'deleted' };
  await reconcile();
  expect(await site.status(volumeId)).toBe('deleting');
  await site.endLeases();
  await reconcile();
  expect(await site.status(volumeId)).toBeUndefined();
});

test('a file whose delegate is not there does not stop the others', async () => {
  const wait = async () => (await site.call(createVolume, { size: 1 })).volumeId;
  const [lost, ...others] = [await wait(), await wait(), await wait()];
  await site.database('volumes').where({ id: lost }).update({ delegate: 'dismantled' });
  for (const { jobs, taken } of [site.a, site.b]) {
    for (const order of taken) jobs.set(order, { state: 'available' });
  }
  await reconcile();
  expect(await Promise.all(others.map((id) => site.status(id)))).toEqual([
    'available',
    'available',
  ]);
  expect(await site.status(lost as string)).toBe('pending');
});

test.each([
  ['silent', (): Promise<void> => site.silence('a')],
  ['draining', () => site.announce('volume', 'a', { draining: true })],
])(
  'the order of one that is %s is passed on when its lease is over, and not before',
  async (_case, leave) => {
    const { volumeId } = await site.call(createVolume, { size: 1 });
    await leave();
    await reconcile();
    expect(site.b.received).toEqual([]);
    const asked = site.a.received.length;
    await site.endLeases();
    // At once, however new it is.
    await reconcileFiles(site.frontEnd, log);
    expect(site.b.taken).toHaveLength(1);
    expect(site.a.received).toHaveLength(asked);
    await site.tell(volumeId, 'available');
  },
);

test('the lease of an order that its delegate announces meanwhile is not over', async () => {
  await site.call(createVolume, { size: 1 });
  await site.endLeases();
  site.a.refusal = NO_ANSWER;
  site.a.meanwhile = async () => void (await renewLeases(site.database, 'a', site.a.taken));
  await reconcile();
  expect(site.b.received).toEqual([]);
});

test('an order that only its own delegate could take stays there', async () => {
  const { volumeId } = await site.call(createVolume, { size: 1 });
  await site.silence('a');
  await site.silence('b');
  await site.endLeases();
  await reconcile();
  expect(await site.status(volumeId)).toBe('pending');
  // It was handed over, and its delegate has come back without it.
  site.a.jobs.clear();
  await site.announce('volume', 'a');
  await reconcile();
  expect(site.a.taken).toHaveLength(1);
  await site.endLeases();
  expect(site.b.received).toEqual([]);
});
