import { readdir, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Knex } from 'knex';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../testing/testDatabase.js';
import { openSqlite } from './openSqlite.js';

let place: TestDatabase;

beforeEach(async () => {
  place = await freshDatabase();
});
afterEach(() => place.remove());

const MIGRATIONS: Readonly<Record<string, (database: Knex) => Promise<unknown>>> = {
  '0001_first': (database) => database.schema.createTable('things', (table) => table.text('name')),
  ...Object.fromEntries(
    [2, 3, 4, 5].map((n) => [
      `000${n}_more`,
      (database: Knex) => database.schema.alterTable('things', (table) => table.text(`more${n}`)),
    ]),
  ),
};
const names = Object.keys(MIGRATIONS);

/** The tables as a release has them that knows so many migrations; `last` stands for the last one. */
const release = (count: number, last?: (database: Knex) => Promise<unknown>) =>
  openSqlite(place.where, {
    getMigrations: async () => names.slice(0, count),
    getMigrationName: (name) => name,
    getMigration: async (name) => ({
      up: async (database) => {
        await MIGRATIONS[name]?.(database);
        if (last && name === names[count - 1]) await last(database);
      },
      down: async () => {},
    }),
  });

/** Opens a release, uses it, and closes it. */
async function use<T>(opening: Promise<Knex>, work: (database: Knex) => Promise<T>): Promise<T> {
  const database = await opening;
  return work(database).finally(() => database.destroy());
}

const copies = async () => {
  const all = await readdir(dirname(place.where));
  const start = `${basename(place.where)}.`;
  return all.flatMap((name) => (name.endsWith('.backup') ? [name.slice(start.length)] : [])).sort();
};
const rows = (database: Knex) => database('things');

test('a new database is not copied, and neither is one that is up to date', async () => {
  await use(release(1), (database) => database('things').insert({ name: 'old' }));
  expect(await use(release(1), rows)).toEqual([{ name: 'old' }]);
  expect(await copies()).toEqual([]);
});

test('before an upgrade it is copied as it is', async () => {
  await use(release(1), (database) => database('things').insert({ name: 'old' }));
  expect(await use(release(3), rows)).toEqual([{ name: 'old', more2: null, more3: null }]);
  expect(await copies()).toEqual(['0001_first.backup']);
  const copy = `${place.where}.0001_first.backup`;
  expect((await stat(copy)).mode & 0o777).toBe(0o600);
  const old = { ...place, where: copy };
  place = { where: copy, remove: old.remove };
  expect(await use(release(1), rows)).toEqual([{ name: 'old' }]);
});

test('an upgrade that fails leaves it as it was, and tells where the copy is', async () => {
  await use(release(1), (database) => database('things').insert({ name: 'old' }));
  const fails = () => Promise.reject(new Error('no luck'));
  await expect(release(3, fails)).rejects.toThrow(
    `is as it was; a copy is in ${place.where}.0001_first.backup. no luck`,
  );
  expect(await use(release(1), rows)).toEqual([{ name: 'old' }]);
  expect(await use(release(2), rows)).toEqual([{ name: 'old', more2: null }]);
});

test('copies of the last three versions are kept', async () => {
  for (const count of [1, 2, 3, 4, 5]) await use(release(count), rows);
  expect(await copies()).toEqual(['0002_more.backup', '0003_more.backup', '0004_more.backup']);
});
