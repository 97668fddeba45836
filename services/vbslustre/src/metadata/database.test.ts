import { afterEach, beforeEach, expect, test } from 'vitest';
import { freshDatabase, newDatabase, type TestDatabase } from '../testing/testDatabase.js';
import { type Database, isUniqueViolation, openDatabase } from './database.js';
import { insertVolume } from './volumes.js';

let place: TestDatabase;
let database: Database;

beforeEach(async () => {
  place = await newDatabase();
  database = await openDatabase(place.where);
  const order = { orderId: 'ord-1', delegate: 'a' };
  await insertVolume(database, {
    ...{ id: 'vol-1', owner: 'CN=alice', sizeBytes: 2 ** 45, snapshotId: undefined, tags: [] },
    snapshotConsistency: undefined,
    ...order,
  });
});
afterEach(async () => {
  await database.destroy();
  await place.remove();
});

test.each([
  { writers: 2 },
  { writers: 1, readers: 1 },
  { writers: 1, copies: 1 },
  { writers: -1 },
  { readers: -1 },
  { copies: -1 },
  { live_copies: -1 },
])('%j is refused by the database itself', async (counters) => {
  await expect(database('volumes').update(counters)).rejects.toThrow(
    /CHECK constraint failed|violates check/,
  );
});

test.each([
  { writers: 1, live_copies: 2 },
  { readers: 7, copies: 3 },
])('%j is allowed', async (counters) => {
  expect(await database('volumes').update(counters)).toBe(1);
});

test('an attachment needs its volume, which cannot be removed under it', async () => {
  const attachment = {
    ...{ order_id: 'ord-2', volume_id: 'vol-1', instance_id: 'vm1', vmm: 'host1', device: 'xvdb' },
    ...{ mode: 'w', status: 'attaching', attach_time: 't', changed_at: 't' },
  };
  const orphan = database('attachments').insert({ ...attachment, volume_id: 'vol-2' });
  await expect(orphan).rejects.toThrow(/FOREIGN KEY/i);
  await database('attachments').insert(attachment);
  await expect(database('volumes').delete()).rejects.toThrow(/FOREIGN KEY/i);
});

test('what was written is there after a restart, sizes as numbers', async () => {
  await database.destroy();
  database = await openDatabase(place.where);
  expect(await database('volumes').select('id', 'size_bytes')).toEqual([
    { id: 'vol-1', size_bytes: 2 ** 45 },
  ]);
  expect(await database('volumes').count({ rows: '*' })).toEqual([{ rows: 1 }]);
});

test('several instances can be started at once on a new database', async () => {
  const fresh = await freshDatabase();
  const opened = await Promise.allSettled([1, 2, 3, 4].map(() => openDatabase(fresh.where)));
  for (const each of opened) if (each.status === 'fulfilled') await each.value.destroy();
  expect(opened.map(({ status }) => status)).toEqual(Array(4).fill('fulfilled'));
  await fresh.remove();
});

test('a unique violation is told from other failures', async () => {
  const again = database('volumes').insert(await database('volumes').first());
  expect(isUniqueViolation(await again.catch((error) => error))).toBe(true);
  const check = database('volumes').update({ writers: 2 });
  expect(isUniqueViolation(await check.catch((error) => error))).toBe(false);
  expect(isUniqueViolation(undefined)).toBe(false);
});
