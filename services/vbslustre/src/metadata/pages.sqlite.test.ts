import { afterEach, beforeEach, expect, test } from 'vitest';
import { newDatabase, type TestDatabase } from '../testing/testDatabase.js';
import { type Database, openDatabase } from './database.js';
import { type PageQuery, pageRows } from './pages.js';

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
    const { sql, bindings } = pageRows(database, table, query).toSQL().toNative();
    const plan = await database.raw(`explain query plan ${sql}`, bindings as string[]);
    const steps: string[] = plan.map(({ detail }: { detail: string }) => detail);
    expect(steps[0]).toMatch(/USING INDEX \w+_owner_create_time_id_index \(owner=\? AND \(?create/);
    expect(steps.join('\n')).not.toMatch(/TEMP B-TREE|SCAN/);
  }
});
