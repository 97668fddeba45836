import type { Log } from '@vbs-lustre/shared/log';
import type { Knex } from 'knex';
import * as initial from './migrations/0001_initial.js';
import * as delegates from './migrations/0002_delegates.js';
import * as eventsAndLeases from './migrations/0003_events_and_leases.js';
import * as tokens from './migrations/0004_tokens.js';
import * as toldTokens from './migrations/0005_told_tokens.js';
import * as pages from './migrations/0006_pages.js';
import * as tags from './migrations/0007_tags.js';
import * as progress from './migrations/0008_progress.js';
import * as snapshotPermissions from './migrations/0009_snapshot_permissions.js';
import * as administrators from './migrations/0010_administrators.js';
import * as extend from './migrations/0011_extend.js';
import * as consistency from './migrations/0012_consistency.js';
import * as exchange from './migrations/0013_exchange.js';
import * as volumeTypes from './migrations/0014_volume_types.js';
import * as pointInTime from './migrations/0015_point_in_time.js';
import * as checksums from './migrations/0016_checksums.js';
import * as cancelled from './migrations/0017_cancelled.js';
import * as verifications from './migrations/0018_verifications.js';
import * as fastSnapshotRestores from './migrations/0019_fast_snapshot_restores.js';
import { isPostgresUrl, openPostgres } from './openPostgres.js';
import { openSqlite } from './openSqlite.js';
import { Postgres } from './postgres.js';
import { Sqlite } from './sqlite.js';

export type Database = Knex;

/** In the order in which they are run. A migration that has landed is never changed. */
const MIGRATIONS: Readonly<Record<string, Knex.Migration>> = {
  '0001_initial': initial,
  '0002_delegates': delegates,
  '0003_events_and_leases': eventsAndLeases,
  '0004_tokens': tokens,
  '0005_told_tokens': toldTokens,
  '0006_pages': pages,
  '0007_tags': tags,
  '0008_progress': progress,
  '0009_snapshot_permissions': snapshotPermissions,
  '0010_administrators': administrators,
  '0011_extend': extend,
  '0012_consistency': consistency,
  '0013_exchange': exchange,
  '0014_volume_types': volumeTypes,
  '0015_point_in_time': pointInTime,
  '0016_checksums': checksums,
  '0017_cancelled': cancelled,
  '0018_verifications': verifications,
  '0019_fast_snapshot_restores': fastSnapshotRestores,
};

const migrationSource: Knex.MigrationSource<string> = {
  getMigrations: async () => Object.keys(MIGRATIONS),
  getMigrationName: (name) => name,
  getMigration: async (name) => MIGRATIONS[name] as Knex.Migration,
};

/**
 * Opens the metadata database and brings its tables up to date.
 *
 * @param where a file of SQLite, or the URL of a PostgreSQL database
 * @throws {Error} a sentence for the operator if PostgreSQL can't be used or, after a while, not be reached
 */
export async function openDatabase(where: string, log?: Log): Promise<Database> {
  return isPostgresUrl(where)
    ? openPostgres(where, migrationSource, log)
    : openSqlite(where, migrationSource, log);
}

/**
 * Whether a statement failed because a row of this key is there already, in SQLite or PostgreSQL. In PostgreSQL the
 * transaction of that statement has then failed as a whole: what is done about it is done after it.
 */
export function isUniqueViolation(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return (
    code === '23505' ||
    (typeof code === 'string' && /^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)$/.test(code))
  );
}

/** What a unique violation is about: the name of the key, or its columns; of two keys, either may be named. */
export function violatedKey(error: unknown): string {
  const { constraint, message } = error as { constraint?: string; message: string };
  return constraint ?? message.slice(message.lastIndexOf('constraint failed:'));
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

/** Leaves out the rows that others hold. In SQLite nobody can hold a single row. */
export function skipLocked<Query extends Knex.QueryBuilder>(query: Query): Query {
  return (query.client instanceof Postgres ? query.forUpdate().skipLocked() : query) as Query;
}

export function now(): string {
  return new Date().toISOString();
}
