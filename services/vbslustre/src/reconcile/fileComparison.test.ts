import { ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSnapshot } from '../operations/createSnapshot.js';
import { createVolume } from '../operations/createVolume.js';
import { deleteVolume } from '../operations/deleteVolume.js';
import { describeVolume } from '../operations/describeVolume.js';
import { GIB, log, NO_ANSWER, NOT_DELIVERED, openSite, type Site } from '../testing/site.js';
import { FileComparison } from './fileComparison.js';
import { Looks } from './looks.js';

const FAILURE = 'failure : cmd error';
let site: Site;
let now: number;
let looks: Looks;

beforeEach(async () => {
  site = await openSite();
  now = 0;
  looks = new Looks(() => now);
});
afterEach(() => site.close());

/** A look by the delegate whose turn it is. */
const look = () => new FileComparison(site.frontEnd, log, looks).pass();
/** Two looks of which the second acts upon what both have found. */
async function lookTwice(): Promise<void> {
  await look();
  now += 30_000;
  await look();
}
/** What both delegates see. */
function show(...files: Parameters<typeof site.a.files.push>): void {
  site.a.files = site.b.files = files;
}
const events = () => site.database('events').select('subject_id', 'action', 'reason');
const moved = () => [...site.a.aside, ...site.b.aside];
const file = (name: string, sizeBytes = GIB) => ({ name, sizeBytes });

test('where all is well, nothing is done', async () => {
  const volumes = [await site.volume(), await site.volume(), await site.volume()];
  const snapshot = await site.snapshot(volumes[0] as string);
  const { volumeId } = await site.call(createVolume, { size: 1 });
  const { order_id: orderId } = await site.database('volumes').where({ id: volumeId }).first();
  const part = { ...file(`.${volumeId}.${GIB}.${orderId}.part`, 5), orderId };
  show(...[...volumes, snapshot].map((name) => file(name)), part);
  await lookTwice();
  expect(await events()).toEqual([]);
  expect(moved()).toEqual([]);
});

test('a file of no record is moved aside after two looks, not before', async () => {
  const volumeId = await site.volume();
  const [vol, snap, part] = [newId('vol'), newId('snap'), `.${volumeId}.5.${newId('ord')}.part`];
  show(file(volumeId), file(vol), file(snap), { ...file(part), orderId: newId('ord') });
  await look();
  now += 29_999;
  await look();
  expect(moved()).toEqual([]);
  now += 1;
  await look();
  expect(new Set(moved().map(({ name }) => name))).toEqual(new Set([vol, snap, part]));
  expect(await events()).toEqual([
    { subject_id: vol, action: 'file-set-aside', reason: 'this file has no record' },
    { subject_id: snap, action: 'file-set-aside', reason: 'this file has no record' },
    { subject_id: part, action: 'file-set-aside', reason: 'no order waits for this part' },
  ]);
});

test('the part of an order that was passed on is nobody’s any more', async () => {
  const { volumeId } = await site.call(createVolume, { size: 1 });
  const { order_id: orderId } = await site.database('volumes').first();
  const part = { ...file(`.${volumeId}.${GIB}.${orderId}.part`, 5), orderId };
  show(part);
  await lookTwice();
  expect(moved()).toEqual([]);
  await site.database('volumes').update({ order_id: newId('ord') });
  await lookTwice();
  expect(moved()).toMatchObject([{ name: part.name }]);
});

test('right before it is moved, the database is looked at once more', async () => {
  const name = newId('vol');
  show(file(name));
  await look();
  now += 30_000;
  const comparison = new FileComparison(site.frontEnd, log, looks);
  const insert = { id: name, owner: 'CN=alice', size_bytes: 1, status: 'available' };
  const ids = { order_id: 'ord-1', delegate: 'a', create_time: 't', changed_at: 't' };
  // While the parts are listed: after the volumes were compared.
  const { DescribeFiles } = site.a.client;
  for (const { client } of [site.a, site.b]) {
    client.DescribeFiles = async (request) => {
      if (request.kind === 'part') await site.database('volumes').insert({ ...insert, ...ids });
      return DescribeFiles(request);
    };
  }
  await comparison.pass();
  expect(moved()).toEqual([]);
  expect(await events()).toEqual([]);
});

test('a move that is not answered is asked for again, as the same', async () => {
  const name = newId('vol');
  show(file(name));
  site.a.unmoved = site.b.unmoved = NO_ANSWER;
  await look();
  now += 30_000;
  const comparison = new FileComparison(site.frontEnd, log, looks);
  await comparison.pass();
  site.a.unmoved = site.b.unmoved = undefined;
  await restless(comparison);
  expect(new Set(moved().map(({ orderId }) => orderId)).size).toBe(1);
  expect(await events()).toHaveLength(1);
});

test('a move that is refused is given up, told once, and no other delegate is asked', async () => {
  const name = newId('vol');
  show(file(name));
  site.a.unmoved = site.b.unmoved = new ServiceFault('IncorrectState', 'attached');
  await look();
  now += 30_000;
  const comparison = new FileComparison(site.frontEnd, log, looks);
  await comparison.pass();
  expect(moved()).toHaveLength(1);
  await restless(comparison);
  expect((await events()).map(({ action }) => action)).toEqual(['file-set-aside', 'given-up']);
});

/** A pass although the one before has just been. */
async function restless(comparison: FileComparison): Promise<void> {
  const before = moved().length;
  while (moved().length === before) await comparison.pass();
}

test.each([
  ['is missing', undefined, 'its file is missing'],
  ['is too short', GIB - 1, `its file has ${GIB - 1} bytes instead of ${GIB}`],
  ['is too long', GIB + 1, `its file has ${GIB + 1} bytes instead of ${GIB}`],
])(
  'a volume whose file %s fails after two looks, until it is there',
  async (_case, size, reason) => {
    const [volumeId, other] = [await site.volume(), await site.volume()];
    show(file(other), ...(size === undefined ? [] : [file(volumeId, size)]));
    await look();
    expect(await site.status(volumeId)).toBe('available');
    now += 30_000;
    await look();
    expect(await site.call(describeVolume, { volumeId })).toMatchObject({
      ...{ status: FAILURE, statusMessage: reason },
    });
    expect(await site.status(other)).toBe('available');
    await expect(site.attach(volumeId)).rejects.toMatchObject({ code: 'IncorrectState' });
    show(file(other), file(volumeId));
    await look();
    expect(await site.call(describeVolume, { volumeId })).toMatchObject({
      ...{ status: 'available', statusMessage: undefined },
    });
    expect(await events()).toEqual([
      { subject_id: volumeId, action: 'file-lost', reason },
      { subject_id: volumeId, action: 'file-found', reason: 'its file is there again' },
    ]);
  },
);

test('a snapshot too; and what was lost can be deleted, and stays so', async () => {
  const volumeId = await site.volume();
  const snapshotId = await site.snapshot(volumeId);
  await lookTwice();
  expect([await site.status(volumeId), await site.status(snapshotId)]).toEqual([FAILURE, FAILURE]);
  await site.call(deleteVolume, { volumeId });
  show(file(volumeId));
  await look();
  expect(await site.status(volumeId)).toBe('deleting');
  await site.tell(volumeId, FAILURE, 'rm: error');
  await look();
  expect(await site.status(volumeId)).toBe(FAILURE);
});

test('a file that cannot be looked at is there', async () => {
  const volumeId = await site.volume();
  show({ name: volumeId });
  await lookTwice();
  expect(await site.status(volumeId)).toBe('available');
});

test('a file that one of the delegates sees is there', async () => {
  const volumeId = await site.volume();
  site.a.files = [file(volumeId)];
  await lookTwice();
  await lookTwice();
  expect(await site.status(volumeId)).toBe('available');
});

test('what is pending, deleting or has failed needs no file, and may have one', async () => {
  const source = await site.volume();
  const { volumeId } = await site.call(createVolume, { size: 1 });
  const { snapshotId } = await site.call(createSnapshot, { volumeId: source });
  const deleting = await site.volume();
  await site.call(deleteVolume, { volumeId: deleting });
  const { volumeId: failed } = await site.call(createVolume, { size: 1 });
  await site.tell(failed, FAILURE, 'dd: error');
  show(file(source));
  await lookTwice();
  show(...[source, volumeId, snapshotId, deleting, failed].map((name) => file(name)));
  await lookTwice();
  expect(await events()).toEqual([]);
  expect(moved()).toEqual([]);
  expect(await site.status(failed)).toBe(FAILURE);
});

test.each([
  ['cannot be reached', NOT_DELIVERED],
  ['does not answer', NO_ANSWER],
  ['has lost its file system', new ServiceFault('InternalError', 'log')],
])('a delegate that %s says nothing of the files; the other is asked', async (_case, trouble) => {
  const volumeId = await site.volume();
  site.a.blind = site.b.blind = trouble;
  await lookTwice();
  expect(await site.status(volumeId)).toBe('available');
  site.b.blind = undefined;
  await lookTwice();
  expect(await site.status(volumeId)).toBe(FAILURE);
});

test('a pass that took long is not soon followed by another', async () => {
  let asked = 0;
  for (const { client } of [site.a, site.b]) {
    client.DescribeFiles = async () => {
      asked++;
      // However fast the machine: nine times as long is longer than the second call takes.
      await new Promise((resolve) => setTimeout(resolve, 100));
      return { requestId: 'req-1', fileSet: { item: [] }, more: false };
    };
  }
  const comparison = new FileComparison(site.frontEnd, log, looks);
  const passes = [comparison.pass(), comparison.pass()];
  await Promise.all(passes);
  await comparison.pass();
  expect(asked).toBe(3);
});
