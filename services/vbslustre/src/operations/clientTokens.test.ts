import { ServiceFault } from '@vbs-lustre/shared/faults';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BOB, NOT_DELIVERED, openSite, type Site } from '../testing/site.js';
import { createSnapshot } from './createSnapshot.js';
import { createVolume } from './createVolume.js';
import { deleteSnapshot } from './deleteSnapshot.js';
import { deleteVolume } from './deleteVolume.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const request = { size: 1, clientToken: 'token' };

test('the same request with the same token is answered by the same volume, ordered once', async () => {
  const first = await site.call(createVolume, request);
  expect(await site.call(createVolume, request)).toEqual(first);
  await site.tell(first.volumeId, 'available');
  expect(await site.call(createVolume, request)).toMatchObject({
    volumeId: first.volumeId,
    status: 'available',
  });
  await site.attach(first.volumeId);
  expect(await site.call(createVolume, request)).toMatchObject({ status: 'in-use' });
  expect([...site.a.received, ...site.b.received]).toHaveLength(1);
});

test('how the request was written does not matter', async () => {
  const first = await site.call(createVolume, { size: 1, clientToken: 'token' });
  const again = { clientToken: 'token', snapshotId: undefined, size: 1 };
  expect(await site.call(createVolume, again)).toMatchObject({ volumeId: first.volumeId });
});

test('the same for snapshots, which are pinned once', async () => {
  const volumeId = await site.volume();
  const wanted = { volumeId, description: 'd', clientToken: 'token' };
  const first = await site.call(createSnapshot, wanted);
  expect(await site.call(createSnapshot, wanted)).toEqual(first);
  expect(await site.database('volumes').select('copies').first()).toEqual({ copies: 1 });
});

test('what was made is told also when what it was made from is gone', async () => {
  const volumeId = await site.volume();
  const wanted = { volumeId, clientToken: 'snapshot' };
  const { snapshotId } = await site.call(createSnapshot, wanted);
  await site.tell(snapshotId, 'available');
  await site.call(deleteVolume, { volumeId });
  await site.tell(volumeId, 'deleted');
  expect(await site.call(createSnapshot, wanted)).toMatchObject({ snapshotId });

  const copy = { snapshotId, clientToken: 'copy' };
  const made = await site.call(createVolume, copy);
  await site.tell(made.volumeId, 'available');
  await site.call(deleteSnapshot, { snapshotId });
  await site.tell(snapshotId, 'deleted');
  expect(await site.call(createVolume, copy)).toMatchObject({ volumeId: made.volumeId });
});

test.each([
  { size: 2, clientToken: 'token' },
  { sizeMiB: 1, clientToken: 'token' },
])('another request with the token is refused: %j', async (other) => {
  await site.call(createVolume, request);
  const refused = site.call(createVolume, other);
  await expect(refused).rejects.toMatchObject({ code: 'IdempotentParameterMismatch' });
  expect(await site.database('volumes')).toHaveLength(1);
});

test('another operation with the token is refused', async () => {
  const { volumeId } = await site.call(createVolume, request);
  await site.tell(volumeId, 'available');
  const refused = site.call(createSnapshot, { volumeId, clientToken: 'token' });
  await expect(refused).rejects.toMatchObject({ code: 'IdempotentParameterMismatch' });
});

test('tokens are each user’s own', async () => {
  const first = await site.call(createVolume, request);
  const other = await site.call(createVolume, request, BOB);
  expect(other.volumeId).not.toBe(first.volumeId);
});

test('many at once make one volume', async () => {
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => site.call(createVolume, request)),
  );
  expect(new Set(answers.map(({ volumeId }) => volumeId)).size).toBe(1);
  expect([...site.a.received, ...site.b.received]).toHaveLength(1);
});

test('two different ones at once: one is made, the other refused', async () => {
  const both = [1, 2].map((size) => site.call(createVolume, { ...request, size }));
  const results = await Promise.allSettled(both);
  const refused = results.filter((each) => each.status === 'rejected');
  expect(refused.map(({ reason }) => reason.code)).toEqual(['IdempotentParameterMismatch']);
  expect(await site.database('volumes')).toHaveLength(1);
});

test.each([
  ['no room', new ServiceFault('InsufficientVolumeCapacity', 'no room')],
  ['no delegate', NOT_DELIVERED],
])('after a creation that was refused (%s) the token is free', async (_case, refusal) => {
  site.a.refusal = site.b.refusal = refusal;
  await expect(site.call(createVolume, request)).rejects.toBeInstanceOf(ServiceFault);
  site.a.refusal = site.b.refusal = undefined;
  expect(await site.call(createVolume, { ...request, size: 2 })).toMatchObject({ size: 2 });
});

test('a volume that a retry was told of is not taken back: it has failed', async () => {
  const retry = async (): Promise<void> => {
    site.a.meanwhile = site.b.meanwhile = undefined;
    expect(await site.call(createVolume, request)).toMatchObject({ status: 'pending' });
  };
  site.a.meanwhile = site.b.meanwhile = retry;
  site.a.refusal = site.b.refusal = new ServiceFault('InsufficientVolumeCapacity', 'no room');
  await expect(site.call(createVolume, request)).rejects.toThrow('no room');
  expect(await site.call(createVolume, request)).toMatchObject({
    status: 'failure : cmd error',
    statusMessage: 'no room',
  });
});

test('after a request that was refused before the order the token is free', async () => {
  const { volumeId } = await site.call(createVolume, { size: 1 });
  const wanted = { volumeId, clientToken: 'token' };
  await expect(site.call(createSnapshot, wanted)).rejects.toMatchObject({ code: 'IncorrectState' });
  await site.tell(volumeId, 'available');
  expect(await site.call(createSnapshot, wanted)).toMatchObject({ status: 'pending' });
});

test('a token ends with what it made, and not before', async () => {
  const first = await site.call(createVolume, request);
  await site.tell(first.volumeId, 'available');
  await site.call(deleteVolume, { volumeId: first.volumeId });
  expect(await site.call(createVolume, request)).toMatchObject({ volumeId: first.volumeId });
  await site.tell(first.volumeId, 'deleted');
  const next = await site.call(createVolume, request);
  expect(next.volumeId).not.toBe(first.volumeId);
});
