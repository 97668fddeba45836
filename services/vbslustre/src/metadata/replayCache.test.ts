import { createLog } from '@vbs-lustre/shared/log';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { newDatabase, onPostgres, type TestDatabase } from '../testing/testDatabase.js';
import { type Database, openDatabase } from './database.js';
import { DatabaseReplayCache } from './replayCache.js';

const log = createLog({ service: 'test', level: 'error', format: 'text' });
const MINUTE_MS = 60_000;
const inMinutes = (count: number): Date => new Date(Date.now() + count * MINUTE_MS);

let place: TestDatabase;
let database: Database;
const opened: Database[] = [];

async function open(): Promise<Database> {
  const another = await openDatabase(place.where);
  opened.push(another);
  return another;
}

beforeEach(async () => {
  place = await newDatabase();
  database = await open();
});
afterEach(async () => {
  vi.useRealTimers();
  for (const each of opened.splice(0)) await each.destroy();
  await place.remove();
});

const cacheOf = (of: Database = database) => new DatabaseReplayCache(of, log);
const rows = async (): Promise<number> =>
  Number((await database('seen_messages').count({ count: '*' }))[0]?.count);

test('a message counts once, at every instance and after a restart', async () => {
  expect(await cacheOf().claim('key', inMinutes(1))).toBe(true);
  expect(await cacheOf().claim('key', inMinutes(1))).toBe(false);
  expect(await cacheOf(await open()).claim('key', inMinutes(1))).toBe(false);
  expect(await cacheOf().claim('another', inMinutes(1))).toBe(true);
});

test('of many claims at once, through two connections, one wins', async () => {
  const caches = [cacheOf(), cacheOf(await open())];
  for (const key of ['a', 'b', 'c']) {
    const claims = Array.from({ length: 20 }, (_, index) =>
      caches[index % 2]?.claim(key, inMinutes(1)),
    );
    expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1);
  }
});

test('what its Timestamp refuses everywhere is forgotten, and nothing else', async () => {
  await cacheOf().claim('long', inMinutes(20));
  // A clock that is behind may still let it in.
  await cacheOf().claim('ended lately', inMinutes(-4));
  await cacheOf().claim('ended', inMinutes(-6));
  expect((await database('seen_messages').pluck('replay_key')).sort()).toEqual([
    'ended lately',
    'long',
  ]);
});

test('an instance whose clock is ahead forgets nothing that others would let in', async () => {
  const cache = cacheOf();
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  await cache.claim('fresh', inMinutes(1));
  vi.setSystemTime(inMinutes(60));
  // Enough for the next look.
  vi.advanceTimersByTime(2_000);
  await cache.claim('here', inMinutes(1));
  await cacheOf().claim('there', inMinutes(1));
  expect(await cache.claim('fresh', inMinutes(1))).toBe(false);
});

test('the table does not grow for ever, and is never emptied at one go', async () => {
  const ended = inMinutes(-10).toISOString();
  for (let start = 0; start < 5_000; start += 500) {
    const some = Array.from({ length: 500 }, (_, index) => ({
      replay_key: `old ${start + index}`,
      refused_after: ended,
    }));
    await database('seen_messages').insert(some);
  }
  const cache = cacheOf();
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  const left: number[] = [];
  for (let second = 0; second < 4; second += 1) {
    await cache.claim(`new ${second}`, inMinutes(1));
    left.push(await rows());
    vi.advanceTimersByTime(1_000);
  }
  expect(left).toEqual([3_001, 1_002, 3, 4]);
});

test('forgetting looks at the ended messages alone', async () => {
  const forget =
    'delete from seen_messages where replay_key in ' +
    "(select replay_key from seen_messages where refused_after < '2026' limit 10)";
  const plan = await planOf(forget);
  expect(plan).toMatch(
    onPostgres
      ? /Index Scan .*seen_messages_refused_after_index/
      : /INDEX seen_messages_refused_after_index \(refused_after<\?\)/,
  );
  expect(plan).not.toMatch(/\bSCAN\b|Seq Scan/);
});

/** How the database would do it, as lines of text. */
async function planOf(statement: string): Promise<string> {
  if (!onPostgres) {
    const steps = await database.raw(`explain query plan ${statement}`);
    return steps.map(({ detail }: { detail: string }) => detail).join('\n');
  }
  return database.transaction(async (transaction) => {
    // A table of a page or two it would read whole.
    await transaction.raw('set local enable_seqscan = off');
    const { rows: steps } = await transaction.raw(`explain ${statement}`);
    return steps.map((step: Record<string, string>) => step['QUERY PLAN']).join('\n');
  });
}

test('if the database cannot say, the message does not count', async () => {
  await database.schema.renameTable('seen_messages', 'lost');
  const claim = cacheOf().claim('key', inMinutes(1));
  await expect(claim).rejects.toThrow(/no such table|does not exist/);
  await database.schema.renameTable('lost', 'seen_messages');
});
