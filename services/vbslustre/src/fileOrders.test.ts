import { ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSnapshot } from './operations/createSnapshot.js';
import { createVolume } from './operations/createVolume.js';
import { deleteVolume } from './operations/deleteVolume.js';
import { GIB, NO_ANSWER, NOT_DELIVERED, openSite, type Site } from './testing/site.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const create = () => site.call(createVolume, { size: 1 });
const NO_ROOM = new ServiceFault('InsufficientVolumeCapacity', 'There is no room.');

test('no space: the user hears it, nothing stays, and no other delegate is asked', async () => {
  site.a.refusal = NO_ROOM;
  await expect(create()).rejects.toBe(NO_ROOM);
  expect(await site.database('volumes')).toEqual([]);
  expect(site.b.received).toEqual([]);
});

test('no space for a copy: what was to be copied is let go', async () => {
  const volumeId = await site.volume();
  site.a.refusal = site.b.refusal = NO_ROOM;
  await expect(site.call(createSnapshot, { volumeId })).rejects.toBe(NO_ROOM);
  expect(await site.database('volumes').select('copies').first()).toEqual({ copies: 0 });
  site.a.refusal = site.b.refusal = undefined;
  const snapshotId = await site.snapshot(volumeId);
  site.a.refusal = site.b.refusal = NOT_DELIVERED;
  const refused = site.call(createVolume, { snapshotId });
  await expect(refused).rejects.toMatchObject({ code: 'Unavailable' });
  expect(await site.database('snapshots').select('copies').first()).toEqual({ copies: 0 });
});

test.each([
  ['cannot be reached', NOT_DELIVERED],
  ['does not trust us', new ServiceFault('AuthFailure', 'who?')],
  ['has too much to do', new ServiceFault('RequestLimitExceeded', 'later')],
  ['cannot use its directory', new ServiceFault('Unavailable', 'no')],
])('a delegate that %s is passed over', async (_case, trouble) => {
  site.a.refusal = trouble;
  const seen: unknown[] = [];
  site.b.meanwhile = async () =>
    void seen.push(...(await site.database('volumes').select('delegate')));
  const { volumeId } = await create();
  // Noted before it is given: else nobody would know whom to ask.
  expect(seen).toEqual([{ delegate: 'b' }]);
  await site.tell(volumeId, 'available');
  expect(await site.status(volumeId)).toBe('available');
});

test('if none can be reached, the record is removed', async () => {
  site.a.refusal = site.b.refusal = NOT_DELIVERED;
  await expect(create()).rejects.toMatchObject({ code: 'Unavailable' });
  expect([site.a.received.length, site.b.received.length]).toEqual([1, 1]);
  expect(await site.database('volumes')).toEqual([]);
});

test.each([
  ['no answer', NO_ANSWER],
  ['an error inside', new ServiceFault('InternalError', 'log')],
  ['a fault that makes no sense', new ServiceFault('InvalidParameterValue', 'what?')],
])('after %s the record stays pending, and nobody else gets the order', async (_case, trouble) => {
  site.a.lostAnswer = trouble;
  const { volumeId, status } = await create();
  expect(status).toBe('pending');
  expect(site.b.received).toEqual([]);
  await site.tell(volumeId, 'available');
  expect(await site.status(volumeId)).toBe('available');
});

test('a report that overtakes the answer counts', async () => {
  site.a.meanwhile = async ({ request }) =>
    site.tell((request as { volumeId: string }).volumeId, 'available');
  expect(await create()).toMatchObject({ status: 'available' });
});

test('a refusal that comes after a report changes nothing', async () => {
  site.a.meanwhile = async ({ request }) =>
    site.tell((request as { volumeId: string }).volumeId, 'available');
  site.a.refusal = NO_ROOM;
  expect(await create()).toMatchObject({ status: 'available' });
});

test.each([
  ['available', 'available'],
  ['failed', 'failure : cmd error'],
  ['a state of the future', 'pending'],
])('an answer that says %s at once', async (state, status) => {
  site.a.quickEnd = { state, message: 'words' };
  expect(await create()).toMatchObject({ status });
});

/** The reconciler, of any instance, may give an order that is that old too. */
test.each([
  ['refused', NO_ROOM],
  ['not received', NOT_DELIVERED],
])('an order that is %s late is left to the reconciler', async (_case, trouble) => {
  site.a.refusal = site.b.refusal = trouble;
  const answer = site.call(() => createVolume(site.lateFrontEnd()), { size: 1 });
  expect(await answer).toMatchObject({ status: 'pending' });
  expect([...site.a.received, ...site.b.received]).toHaveLength(1);
});

test('an order that was passed on meanwhile is not given to a third one', async () => {
  site.a.refusal = new ServiceFault('Unavailable', 'draining');
  const passedOn = newId('ord');
  site.a.meanwhile = async () =>
    void (await site.database('volumes').update({ order_id: passedOn }));
  expect(await create()).toMatchObject({ status: 'pending' });
  expect(site.b.received).toEqual([]);
});

test('a delegate that is silent or draining gets no order', async () => {
  await site.silence('a');
  await create();
  await site.announce('volume', 'a', { draining: true });
  await create();
  expect(site.a.received).toEqual([]);
  expect(site.b.taken).toHaveLength(2);
  await site.announce('volume', 'a');
  await create();
  expect(site.a.taken).toHaveLength(1);
});

test('most orders go to the one with the most room, also between two announcements', async () => {
  await site.announce('volume', 'a', { freeJobs: 3 });
  await site.announce('volume', 'b', { freeJobs: 6 });
  for (let n = 0; n < 5; n++) await create();
  expect([site.a.taken.length, site.b.taken.length]).toEqual([1, 4]);
});

test('of two that are as busy, the one with more space; one without any comes last', async () => {
  await site.announce('volume', 'a', { availableBytes: 5 * GIB });
  await site.announce('volume', 'b', { availableBytes: 6 * GIB });
  await create();
  expect(site.b.taken).toHaveLength(1);
  await site.announce('volume', 'b', { availableBytes: 0 });
  await create();
  await create();
  expect(site.a.taken).toHaveLength(2);
});

test('none is there, or none has room: nothing stays, and the user hears it', async () => {
  await site.announce('volume', 'a', { freeJobs: 0 });
  await site.announce('volume', 'b', { freeJobs: 0 });
  await expect(create()).rejects.toMatchObject({ code: 'RequestLimitExceeded' });
  await site.silence('a');
  await site.silence('b');
  await expect(create()).rejects.toMatchObject({ code: 'Unavailable' });
  expect(await site.database('volumes')).toEqual([]);
});

test('what was made before, with its token, is answered also when none is there', async () => {
  const request = { size: 1, clientToken: 'once' };
  const { volumeId } = await site.call(createVolume, request);
  await site.silence('a');
  await site.silence('b');
  expect(await site.call(createVolume, request)).toMatchObject({ volumeId });
});

test('a deletion goes to another one if its delegate is silent', async () => {
  const volumeId = await site.volume();
  await site.silence('a');
  site.b.quickEnd = { state: 'deleted' };
  await site.call(deleteVolume, { volumeId });
  expect(await site.status(volumeId)).toBeUndefined();
  expect(site.a.received).toHaveLength(1);
});
