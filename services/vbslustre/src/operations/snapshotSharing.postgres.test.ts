import { ServiceFault } from '@vbs-lustre/shared/faults';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FrontEnd } from '../frontEnd.js';
import { openDatabase } from '../metadata/database.js';
import { checkBooks } from '../testing/books.js';
import { ALICE, BOB, log, openSite, type Site } from '../testing/site.js';
import { createTags } from './createTags.js';
import { createVolume } from './createVolume.js';
import { deleteSnapshot } from './deleteSnapshot.js';
import { modifySnapshotAttribute } from './modifySnapshotAttribute.js';

let site: Site;
/** Another instance of the front end. */
let other: FrontEnd;
let snapshotId: string;

beforeEach(async () => {
  site = await openSite();
  other = { ...site.frontEnd, database: await openDatabase(site.where) };
  snapshotId = await site.snapshot(await site.volume());
});
afterEach(async () => {
  await other.database.destroy();
  await site.close();
});

const caller = (userId: string) => ({ userId, requestId: 'req-1', log });
const use = (frontEnd = other) => createVolume(frontEnd)({ snapshotId }, caller(BOB));
const modify = (operationType: 'add' | 'remove', userId = BOB) =>
  site.call(modifySnapshotAttribute, {
    ...{ snapshotId, operationType, userIdSet: { item: [{ userId }] } },
  });

/** `ok`, or the code of the refusal; anything else that is thrown is a mistake. */
async function outcomeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown) => thrown,
  );
  if (error === undefined) return 'ok';
  if (error instanceof ServiceFault) return error.code;
  throw error;
}

/** Until so many statements wait for others in this database. */
async function untilWaiting(count: number): Promise<void> {
  const waiting =
    "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  while ((await site.database.raw(waiting)).rows.length < count) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('a creation that waits for a revocation is refused when that is done', async () => {
  await modify('add');
  let creation: Promise<string> | undefined;
  await site.database.transaction(async (transaction) => {
    const row = transaction('snapshots').where({ id: snapshotId });
    await row.forNoKeyUpdate();
    creation = outcomeOf(use());
    await untilWaiting(1);
    await transaction('snapshot_permissions').delete();
  });
  expect(await creation).toBe('InvalidSnapshot.NotFound');
  expect(await site.database('volumes').where({ owner: BOB })).toEqual([]);
});

test('a revocation that waits for a creation lets it go on', async () => {
  await modify('add');
  let revocation: Promise<string> | undefined;
  await site.database.transaction(async (transaction) => {
    const row = transaction('snapshots').where({ id: snapshotId });
    await row.update({ copies: transaction.raw('copies + 1') });
    revocation = outcomeOf(modify('remove'));
    await untilWaiting(1);
    expect(await transaction('snapshot_permissions')).toHaveLength(1);
    await row.update({ copies: transaction.raw('copies - 1') });
  });
  expect(await revocation).toBe('ok');
  expect(await outcomeOf(use())).toBe('InvalidSnapshot.NotFound');
});

test('sharing, revoking, using, tagging and deleting at once: nobody waits for ever, and the books are right', async () => {
  const resourcesSet = { item: [{ resourceId: snapshotId }] };
  const tagSet = { item: [{ key: 'a' }] };
  const works = [
    () => modify('add'),
    () => modify('remove'),
    () => use(),
    () => use(site.frontEnd),
    () => modify('add', 'CN=carol'),
    () => createTags(other)({ resourcesSet, tagSet }, caller(ALICE)),
  ];
  for (let round = 0; round < 5; round += 1) {
    const racers = Array.from({ length: 18 }, (_, at) => works[(at * (round + 1)) % works.length]);
    const outcomes = await Promise.all(
      racers.map((work) => outcomeOf((work as () => Promise<unknown>)())),
    );
    expect(new Set([...outcomes, 'ok', 'InvalidSnapshot.NotFound']).size).toBe(2);
    await checkBooks(site.database);
  }
  for (const id of await site.database('volumes').where({ status: 'pending' }).pluck('id')) {
    await site.tell(id, 'available');
  }
  await modify('add');
  const outcomes = await Promise.all(
    [use(), site.call(deleteSnapshot, { snapshotId }), modify('add', 'CN=carol')].map(outcomeOf),
  );
  const right = ['ok', 'InvalidSnapshot.InUse', 'InvalidSnapshot.NotFound', 'IncorrectState'];
  expect(right).toEqual(expect.arrayContaining(outcomes));
  expect(outcomes.slice(0, 2).filter((each) => each === 'ok')).toHaveLength(1);
});

test('of two that share it at once neither breaks the limit', async () => {
  const grantees = Array.from({ length: 499 }, (_, at) => ({
    ...{ snapshot_id: snapshotId, grantee: `CN=${at}` },
  }));
  await site.database('snapshot_permissions').insert(grantees);
  const outcomes = await Promise.all(
    ['CN=a', 'CN=b', 'CN=c'].map((userId) => outcomeOf(modify('add', userId))),
  );
  expect(outcomes.sort()).toEqual(['ResourceLimitExceeded', 'ResourceLimitExceeded', 'ok'].sort());
});
