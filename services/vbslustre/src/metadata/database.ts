import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import knex, { type Knex } from 'knex';
import * as initial from './migrations/0001_initial.js';
import * as delegates from './migrations/0002_delegates.js';
import { BUSY_TIMEOUT_MS, Sqlite } from './sqlite.js';

export type Database = Knex;

/** In the order in which they are run. A migration that has landed is never changed. */
const MIGRATIONS: Readonly<Record<string, Knex.Migration>> = {
  '0001_initial': initial,
  '0002_delegates': delegates,
};

const migrationSource: Knex.MigrationSource<string> = {
  getMigrations: async () => Object.keys(MIGRATIONS),
  getMigrationName: (name) => name,
  getMigration: async (name) => MIGRATIONS[name] as Knex.Migration,
};

/**
 * Opens the metadata database and brings its tables up to date.
 * @param file of SQLite
 */
export async function openDatabase(file: string): Promise<Database> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const database = knex({
    client: Sqlite,
    connection: { filename: file },
    useNullAsDefault: true,
    pool: {
      min: 1,
      max: 1,
      afterCreate: (connection: { pragma(text: string): void }, done: () => void) => {
        connection.pragma('journal_mode = WAL');
        // What was answered must survive a power loss.
        connection.pragma('synchronous = FULL');
        connection.pragma('foreign_keys = ON');
        connection.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
        done();
      },
    },
  });
  // An instance that was killed while it migrated has left knex's lock behind; SQLite has no other instance.
  await database.migrate.forceFreeMigrationsLock({ migrationSource });
  await database.migrate.latest({ migrationSource });
  return database;
}

/** Whether a statement failed because a row of this key is there already, in SQLite or PostgreSQL. */
export function isUniqueViolation(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return (
    code === '23505' ||
    (typeof code === 'string' && /^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)$/.test(code))
  );
}

/**
 * The rows of a ready-made select: for what is asked most. It sees what is committed.
 * @param bindings for its question marks
 */
export async function readCommitted<Row>(
  database: Database,
  sql: string,
  bindings: readonly string[],
): Promise<Row[]> {
  const { client } = database;
  if (client instanceof Sqlite) return client.readCommitted(sql, bindings) as Row[];
  return (await database.raw(sql, [...bindings])).rows;
}

export function now(): string {
  return new Date().toISOString();
}
