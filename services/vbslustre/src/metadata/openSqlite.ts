import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import knex, { type Knex } from 'knex';
import { BUSY_TIMEOUT_MS, Sqlite } from './sqlite.js';

interface Connection {
  pragma(text: string): void;
}

/** How long a statement waits for its turn. */
const QUEUE_MS = 10_000;

/** Opens a file of SQLite, which is made if it is missing, and brings its tables up to date. */
export async function openSqlite(
  file: string,
  migrationSource: Knex.MigrationSource<string>,
): Promise<Knex> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const database = knex({
    client: Sqlite,
    connection: { filename: file },
    useNullAsDefault: true,
    pool: { min: 1, max: 1, afterCreate: setUp, acquireTimeoutMillis: QUEUE_MS },
  });
  // An instance that was killed while it migrated has left knex's lock behind; SQLite has no other instance.
  await database.migrate.forceFreeMigrationsLock({ migrationSource });
  await database.migrate.latest({ migrationSource });
  return database;
}

function setUp(connection: Connection, done: () => void): void {
  connection.pragma('journal_mode = WAL');
  // What was answered must survive a power loss.
  connection.pragma('synchronous = FULL');
  connection.pragma('foreign_keys = ON');
  connection.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
  done();
}
