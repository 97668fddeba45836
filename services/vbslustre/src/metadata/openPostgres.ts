import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@vbs-lustre/shared/log';
import knex, { type Knex } from 'knex';
import { loadDriver, Postgres, type PostgresConfig } from './postgres.js';
import { DatabaseUnavailable } from './unavailable.js';

/** Numbers of eight bytes as numbers: sizes and counts are far below 2^53. */
const INT8 = 20;

/** How long a statement may take at the server (milliseconds); without any answer it is given up a little later. */
const STATEMENT_MS = 10_000;
const ANSWER_GRACE_MS = 2_000;
const CONNECT_MS = 5_000;
/** How long a statement waits for a free connection. */
const QUEUE_MS = 10_000;
/** Of one instance; PostgreSQL accepts 100 in all, if it is not told otherwise. */
const MAX_CONNECTIONS = 10;
/** Of another instance, which comes first, and of one's own. */
const MIGRATION_MS = 300_000;
/** How long a start waits for a server that can't be reached. */
const START_MS = 20_000;
const RETRY_MS = 500;
/** Of this program's migrations; any number will do that nobody else uses in this database. */
const MIGRATION_LOCK = 7_622_358;

export function isPostgresUrl(where: string): boolean {
  return /^postgres(ql)?:\/\//i.test(where);
}

/**
 * Opens a PostgreSQL database, which must exist already, and brings its tables up to date. Many instances may do so at
 * once: one migrates, the others wait.
 *
 * @param waitMs how long to wait for a server that can't be reached
 * @throws {Error} a sentence for the operator, without the password
 */
export async function openPostgres(
  url: string,
  migrationSource: Knex.MigrationSource<string>,
  log?: Log,
  waitMs = START_MS,
): Promise<Knex> {
  try {
    await whenReachable(
      () => migrate(url, migrationSource),
      waitMs,
      (error) => {
        const database = withoutSecrets(url);
        log?.warn('waiting for the database', { database, error: error.message });
      },
    );
    return connectPostgres(url);
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`The database ${withoutSecrets(url)} cannot be used: ${message}`);
  }
}

/** A pool of connections, none of which is made before it is needed. */
export function connectPostgres(url: string, statementMs = STATEMENT_MS): Knex {
  const { types } = loadDriver();
  const config: PostgresConfig = {
    client: Postgres,
    // Spares a question at each start; nothing here depends on it.
    version: '13',
    statementMs,
    connection: {
      connectionString: url,
      application_name: 'vbslustre',
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: statementMs + ANSWER_GRACE_MS,
      keepAlive: true,
      types: {
        getTypeParser: (oid: number, format: string) =>
          oid === INT8 && format !== 'binary' ? Number : types.getTypeParser(oid, format),
      },
    } as Knex.PgConnectionConfig,
    pool: { min: 0, max: MAX_CONNECTIONS, acquireTimeoutMillis: QUEUE_MS },
    // Whatever goes wrong is thrown as well.
    log: { warn() {}, error() {}, debug() {}, deprecate() {} },
  };
  return knex(config);
}

/** Server, port and database: what may be told. */
export function withoutSecrets(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

async function whenReachable(
  work: () => Promise<void>,
  waitMs: number,
  onWait: (error: Error) => void,
): Promise<void> {
  const deadline = Date.now() + waitMs;
  for (let isFirst = true; ; isFirst = false) {
    try {
      return await work();
    } catch (error) {
      if (!mayPass(error) || Date.now() >= deadline) throw error;
      if (isFirst) onWait(error);
    }
    await delay(RETRY_MS);
  }
}

/** Whether it may help to wait: not if the user, the password or the database is a wrong one. */
function mayPass(error: unknown): error is Error {
  if (!(error instanceof DatabaseUnavailable)) return false;
  const { code } = error.cause as { code?: unknown };
  return typeof code !== 'string' || !/^(28|3D)...$/.test(code);
}

/** All or nothing, in one transaction, which ends with the connection: an instance that is killed leaves no lock. */
async function migrate(url: string, migrationSource: Knex.MigrationSource<string>): Promise<void> {
  const database = connectPostgres(url, MIGRATION_MS);
  try {
    await database.transaction(async (transaction) => {
      const { rows } = await transaction.raw('show server_encoding');
      // A user may have any name, in any script.
      if (rows[0].server_encoding !== 'UTF8') throw new Error('its encoding must be UTF8.');
      await transaction.raw('select pg_advisory_xact_lock(?)', [MIGRATION_LOCK]);
      await transaction.migrate.latest({ migrationSource });
    });
  } finally {
    await database.destroy();
  }
}
