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
  const cache = cacheOf();
  vi.useFakeTimers({ toFake: ['Date'] });
  await cache.claim('short', inMinutes(1));
  await cache.claim('long', inMinutes(20));
  // A clock that is behind may still let it in.
  vi.setSystemTime(inMinutes(2));
  await cache.claim('1', inMinutes(20));
  expect(await cache.claim('short', inMinutes(1))).toBe(false);
  vi.setSystemTime(inMinutes(5));
  await cache.claim('2', inMinutes(20));
  expect((await database('seen_messages').pluck('replay_key')).sort()).toEqual(['1', '2', 'long']);
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
  vi.useFakeTimers({ toFake: ['Date'] });
  const left: number[] = [];
  for (let second = 0; second < 4; second += 1) {
    await cache.claim(`new ${second}`, inMinutes(1));
    left.push(await rows());
    vi.setSystemTime(Date.now() + 1_000);
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
