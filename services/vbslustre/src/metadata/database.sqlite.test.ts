import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newDatabase, type TestDatabase } from '../testing/testDatabase.js';
import { type Database, openDatabase } from './database.js';
import { Sqlite } from './sqlite.js';
import { DatabaseUnavailable } from './unavailable.js';

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

test('the file is in a folder that is nobody else’s', async () => {
  expect((await stat(dirname(place.where))).mode & 0o777).toBe(0o700);
});

test('an instance that was killed while it looked for migrations does not stop the next start', async () => {
  await database('knex_migrations_lock').update({ is_locked: 1 });
  await database.destroy();
  database = await openDatabase(place.where);
  expect(await database('volumes')).toEqual([]);
});

test('a database that another program keeps locked cannot be used now, and can afterwards', async () => {
  await database.raw('pragma busy_timeout = 50');
  const Driver = Sqlite.prototype._driver() as unknown as new (
    file: string,
  ) => { exec(sql: string): void; close(): void };
  const other = new Driver(place.where);
  other.exec('begin immediate');
  const token = {
    ...{ owner: 'o', token: 't', request_hash: 'h', resource_id: 'r', created_at: 'now' },
  };
  await expect(database('client_tokens').insert(token)).rejects.toThrow(DatabaseUnavailable);
  other.exec('rollback');
  await database('client_tokens').insert(token);
  other.close();
});
