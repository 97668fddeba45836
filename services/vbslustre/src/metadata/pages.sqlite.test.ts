import type { Knex } from 'knex';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newDatabase, type TestDatabase } from '../testing/testDatabase.js';
import { type Database, openDatabase } from './database.js';
import { type PageQuery, pageOfAnybody, pageRows } from './pages.js';
import { leaveAllRestorable, leavePublic } from './permissions.js';

let place: TestDatabase;
let database: Database;

beforeEach(async () => {
  place = await newDatabase();
  database = await openDatabase(place.where);
});
afterEach(async () => {
  await database.destroy();
  await place.remove();
});

test('a page is a stretch of an index: nothing is sorted, and nobody else’s rows are read', async () => {
  const after = { createTime: '2026-01-01T00:00:00.000Z', id: 'vol-1' };
  const query: PageQuery = { owner: 'o', ids: [], filters: new Map(), after, limit: 10 };
  for (const table of ['volumes', 'snapshots'] as const) {
    const steps = await planOf(pageRows(database, table, query));
    expect(steps[0]).toMatch(/USING INDEX \w+_owner_create_time_id_index \(owner=\? AND \(?create/);
    expect(steps.join('\n')).not.toMatch(/TEMP B-TREE|SCAN/);
  }
});

test('snapshots that one may use are found by indexes: nobody else’s are read', async () => {
  const query: PageQuery = { owner: 'o', ids: [], filters: new Map(), after: undefined, limit: 10 };
  for (const leave of [leaveAllRestorable, leavePublic]) {
    const page = pageOfAnybody(database, 'snapshots', query);
    leave(page, 'o');
    const steps = await planOf(page);
    expect(steps[0]).toMatch(/^SEARCH snapshots USING .*\(id=\?\)/);
    expect(steps.join('\n')).not.toContain('SCAN');
  }
});

async function planOf(query: Knex.QueryBuilder): Promise<string[]> {
  const { sql, bindings } = query.toSQL().toNative();
  const plan = await database.raw(`explain query plan ${sql}`, bindings as string[]);
  return plan.map(({ detail }: { detail: string }) => detail);
}
