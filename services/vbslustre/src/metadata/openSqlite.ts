import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Log } from '@vbs-lustre/shared/log';
import knex, { type Knex } from 'knex';
import { backUp } from './backup.js';
import { BUSY_TIMEOUT_MS, Sqlite } from './sqlite.js';

interface Connection {
  pragma(text: string): void;
}

/** How long a statement waits for its turn. */
const QUEUE_MS = 10_000;

/**
 * Opens a file of SQLite, which is made if it is missing, and brings its tables up to date; one that has tables already is
 * copied first.
 * @throws {Error} a sentence for the operator if that can't be done: the file is as it was
 */
export async function openSqlite(
  file: string,
  migrationSource: Knex.MigrationSource<string>,
  log?: Log,
): Promise<Knex> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const database = knex({
    client: Sqlite,
    connection: { filename: file },
    useNullAsDefault: true,
    pool: { min: 1, max: 1, afterCreate: setUp, acquireTimeoutMillis: QUEUE_MS },
  });
  try {
    // An instance that was killed while it migrated has left knex's lock behind; SQLite has no other instance.
    await database.migrate.forceFreeMigrationsLock({ migrationSource });
    await upgrade(database, file, migrationSource, log);
    return database;
  } catch (error) {
    await database.destroy();
    throw error;
  }
}

async function upgrade(
  database: Knex,
  file: string,
  migrationSource: Knex.MigrationSource<string>,
  log: Log | undefined,
): Promise<void> {
  const [done, pending] = (await database.migrate.list({ migrationSource })) as [
    { name: string }[],
    unknown[],
  ];
  const version = done.at(-1)?.name;
  if (version === undefined || pending.length === 0) {
    await database.migrate.latest({ migrationSource });
    return;
  }
  const copy = await backUp(database, file, version).catch((error) => {
    throw new Error(
      `The database can't be copied before it is upgraded; is there room for it? ${(error as Error).message}`,
    );
  });
  log?.info('the database is upgraded; it was copied before', { from: version, copy });
  // All of it, or nothing: knex does it in one transaction.
  await database.migrate.latest({ migrationSource }).catch((error) => {
    throw new Error(
      `The database can't be upgraded and is as it was; a copy is in ${copy}. ${(error as Error).message}`,
    );
  });
}

function setUp(connection: Connection, done: () => void): void {
  connection.pragma('journal_mode = WAL');
  // What was answered must survive a power loss.
  connection.pragma('synchronous = FULL');
  connection.pragma('foreign_keys = ON');
  connection.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
  done();
}
