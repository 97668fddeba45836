import { setTimeout as delay } from 'node:timers/promises';
import { isFault, ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { reserveAttachment, surelyNotAttached } from './attachments.js';
import type { FrontEnd } from './frontEnd.js';
import { type Attachment, attachmentsOf } from './metadata/attachments.js';
import { openDatabase } from './metadata/database.js';
import { attachVolume } from './operations/attachVolume.js';
import { createSnapshot } from './operations/createSnapshot.js';
import { createVolume } from './operations/createVolume.js';
import { deleteVolume } from './operations/deleteVolume.js';
import { detachVolume } from './operations/detachVolume.js';
import { updateSnapshotStatus } from './operations/updateSnapshotStatus.js';
import { checkBooks } from './testing/books.js';
import { ALICE, attachRequest, log, openSite, type Site } from './testing/site.js';

let site: Site;
/** Two instances of the front end. */
let instances: readonly [FrontEnd, FrontEnd];

beforeEach(async () => {
  site = await openSite();
  instances = [site.frontEnd, { ...site.frontEnd, database: await openDatabase(site.where) }];
});
afterEach(async () => {
  await instances[1].database.destroy();
  await site.close();
});

const caller = { userId: ALICE, requestId: 'req-1', log };

/** `ok`, or the code of the refusal; anything else that is thrown is a mistake. */
async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    if (error instanceof ServiceFault) return error.code;
    throw error;
  }
}

/** The same work at both instances in turn, all at once. */
function race(count: number, work: (frontEnd: FrontEnd, index: number) => Promise<unknown>) {
  const racers = Array.from({ length: count }, (_, index) =>
    outcomeOf(work(instances[index % 2] as FrontEnd, index)),
  );
  return Promise.all(racers);
}

const attach = (frontEnd: FrontEnd, volumeId: string, index: number, attachMode: 'r' | 'w') =>
  attachVolume(frontEnd)(
    { ...attachRequest(volumeId), instanceId: `vm${index}`, attachMode },
    caller,
  );

test('of many writers at once one gets the volume', async () => {
  const volumeId = await site.volume();
  const outcomes = await race(12, (frontEnd, index) => attach(frontEnd, volumeId, index, 'w'));
  expect(outcomes.sort()).toEqual([...Array(11).fill('VolumeInUse'), 'ok']);
  expect(site.host1.list).toHaveLength(1);
});

test('readers and writers at once: one writer alone, or readers', async () => {
  for (let round = 0; round < 5; round += 1) {
    const volumeId = await site.volume();
    const outcomes = await race(10, (frontEnd, index) =>
      attach(frontEnd, volumeId, 100 * round + index, index % 3 === 0 ? 'w' : 'r'),
    );
    expect(new Set(outcomes)).toEqual(new Set(['ok', 'VolumeInUse']));
    const modes = (await attachmentsOf(site.database, volumeId)).map(({ mode }) => mode);
    expect(modes.includes('w') ? modes : ['w']).toEqual(['w']);
    expect(modes).toHaveLength(outcomes.filter((each) => each === 'ok').length);
  }
});

test('one instance has a volume once, and one device once', async () => {
  const volumes = [await site.volume(), await site.volume()];
  const outcomes = await race(8, (frontEnd, index) =>
    attach(frontEnd, volumes[index % 3 === 0 ? 0 : 1] as string, 1, 'r'),
  );
  expect(outcomes.filter((each) => each === 'ok')).toHaveLength(1);
  expect(site.host1.list).toHaveLength(1);
});

test('a deletion, a writer and a snapshot at once: one of them', async () => {
  for (let round = 0; round < 10; round += 1) {
    const volumeId = await site.volume();
    const works = [
      (frontEnd: FrontEnd) => deleteVolume(frontEnd)({ volumeId }, caller),
      (frontEnd: FrontEnd) => attach(frontEnd, volumeId, round, 'w'),
      (frontEnd: FrontEnd) => createSnapshot(frontEnd)({ volumeId }, caller),
    ];
    const outcomes = await race(3, (frontEnd, index) =>
      (works[(index + round) % 3] as (typeof works)[0])(frontEnd),
    );
    expect(outcomes.filter((each) => each === 'ok')).toHaveLength(1);
    await checkBooks(site.database);
  }
});

test('one token at both instances makes one volume, and all are told which', async () => {
  const ids = new Set<string>();
  const outcomes = await race(10, async (frontEnd) => {
    const request = { size: 1, clientToken: 'token' };
    ids.add((await createVolume(frontEnd)(request, caller)).volumeId);
  });
  expect(outcomes).toEqual(Array(10).fill('ok'));
  expect(ids.size).toBe(1);
  expect(await site.database('volumes')).toHaveLength(1);
});

test('an outcome that is told at both instances at once counts once', async () => {
  const volumeId = await site.volume();
  const { snapshotId } = await site.call(createSnapshot, { volumeId });
  const other = await site.call(createSnapshot, { volumeId });
  const { order_id: orderId } = await site.database('snapshots').where({ id: snapshotId }).first();
  const told = await race(8, (frontEnd) =>
    updateSnapshotStatus(frontEnd)({ snapshotId, orderId, status: 'available' }, caller),
  );
  expect(told).toEqual(Array(8).fill('ok'));
  expect(await site.database('volumes').pluck('copies')).toEqual([1]);
  await site.tell(other.snapshotId, 'available');
});

test('attaching and detaching at both instances leaves the books right', async () => {
  const volumeId = await site.volume();
  const one = { volumeId, instanceId: 'vm1', vmm: 'host1' };
  for (let round = 0; round < 10; round += 1) {
    await race(6, (frontEnd, index) =>
      index % 3 === 0 ? attach(frontEnd, volumeId, 1, 'r') : detachVolume(frontEnd)(one, caller),
    );
    await checkBooks(site.database);
  }
});

const USE = { owner: 'CN=alice', token: undefined, request: {} };

test('whoever gives a place back and whoever takes one do not wait for each other', async () => {
  const [here, there] = instances;
  const volumeId = await site.volume();
  const wanted = { ...attachRequest(volumeId), mode: 'r' as const };
  const first = await reserveAttachment(here.database, { ...wanted, orderId: newId('ord') }, USE);
  let second: Promise<Attachment | undefined> | undefined;
  let leaving: Promise<boolean> | undefined;
  // Both are on their way when the volume is let go.
  await site.database.transaction(async (transaction) => {
    await transaction('volumes').where({ id: volumeId }).forUpdate();
    second = reserveAttachment(there.database, { ...wanted, orderId: newId('ord') }, USE);
    second.catch(() => {});
    await untilWaiting(1);
    leaving = surelyNotAttached(here.database, first as Attachment);
    await untilWaiting(2);
  });
  await leaving;
  expect(isFault(await second?.catch((error) => error), 'VolumeInUse')).toBe(true);
  expect(await attachmentsOf(site.database, volumeId)).toEqual([]);
});

/** Until so many statements wait for others in this database. */
async function untilWaiting(count: number): Promise<void> {
  const waiting =
    "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  while ((await site.database.raw(waiting)).rows.length < count) await delay(10);
}
