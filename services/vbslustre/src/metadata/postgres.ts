import { createRequire } from 'node:module';
import { within } from '@vbs-lustre/shared/waiting';
import type { Knex } from 'knex';
import { DatabaseUnavailable } from './unavailable.js';

const require = createRequire(import.meta.url);

/** What is used here of a connection of the package pg. */
export interface Connection {
  query(sql: string): Promise<unknown>;
  end(): Promise<void>;
  connection: { stream: { destroy(): void } };
  /** knex throws such a connection away. */
  __knex__disposed?: unknown;
}

export interface PostgresConfig extends Knex.Config {
  /** How long a statement may take at the server. */
  statementMs: number;
}

export interface Driver {
  types: { getTypeParser(oid: number, format?: string): (text: string) => unknown };
}

/** From the packages of this service, wherever knex lies. */
export function loadDriver(): Driver {
  return require('pg');
}

/** What knex's types do not show. */
type Dialect = Omit<typeof Knex.Client, never> &
  (new (
    config: PostgresConfig,
  ) => Knex.Client & {
    config: PostgresConfig;
    _driver(): Driver;
    _query(connection: Connection, query: object): Promise<unknown>;
  });
const Client: Dialect = require('knex/lib/dialects/postgres/index.js');

/** For a connection's goodbye. */
const END_MS = 2_000;
const IDLE_IN_TRANSACTION_MS = 10_000;

/**
 * Every connection is set up alike, whatever the server's defaults are: by a statement, since a proxy such as PgBouncer
 * refuses parameters at the start. All compare-and-swap statements are made for READ COMMITTED. What was answered must
 * survive a crash of the server. An instance that stands still must not keep rows locked.
 */
const session = (statementMs: number): string => `select
  set_config('default_transaction_isolation', 'read committed', false),
  set_config('statement_timeout', '${statementMs}', false),
  set_config('idle_in_transaction_session_timeout', '${IDLE_IN_TRANSACTION_MS}', false),
  set_config('synchronous_commit',
    case current_setting('synchronous_commit') when 'off' then 'on' else current_setting('synchronous_commit') end,
    false)`;

/**
 * knex's dialect for PostgreSQL. Trouble of the database becomes {@link DatabaseUnavailable}. A connection that the server
 * is about to end, or that may still be busy with what nobody waits for any more, is thrown away.
 */
export class Postgres extends Client {
  override _driver(): Driver {
    return loadDriver();
  }

  override async _query(connection: Connection, query: object): Promise<unknown> {
    try {
      return await super._query(connection, query);
    } catch (error) {
      if (endsConnection(error)) abandon(connection, error);
      throw asTrouble(error);
    }
  }

  override async acquireConnection(): Promise<Connection> {
    try {
      return await super.acquireConnection();
    } catch (error) {
      throw asTrouble(error);
    }
  }

  override async acquireRawConnection(): Promise<Connection> {
    const connection = await super.acquireRawConnection();
    try {
      await connection.query(session(this.config.statementMs));
      return connection;
    } catch (error) {
      abandon(connection, error);
      throw error;
    }
  }

  /** A server that stands still says no goodbye. */
  override async destroyRawConnection(connection: Connection): Promise<void> {
    await within(END_MS, connection.end());
    connection.connection.stream.destroy();
  }
}

function abandon(connection: Connection, error: unknown): void {
  connection.__knex__disposed = error;
  connection.connection.stream.destroy();
}

/** The server's own errors have a severity; all others are of the way to it. */
function isFromServer(error: unknown): error is { code: string } {
  return typeof error === 'object' && error !== null && 'severity' in error;
}

function endsConnection(error: unknown): boolean {
  return isFromServer(error)
    ? /^(08|25P0[34]|28|57P)/.test(error.code)
    : !(error instanceof TypeError);
}

/** Classes of SQLSTATE, or single ones, that tell of the server's trouble and not of the statement's (appendix A). */
const TROUBLE = /^(08(?!P01)|25006|25P0[34]|28|3D|40|53|55P03|57|58)/;

function asTrouble(error: unknown): unknown {
  if (error instanceof DatabaseUnavailable || !(error instanceof Error)) return error;
  if (isFromServer(error) ? !TROUBLE.test(error.code) : error instanceof TypeError) return error;
  return new DatabaseUnavailable(reasonOf(error), { cause: error });
}

/** Of several addresses that were tried in vain, Node gives only the code. */
function reasonOf(error: Error & { code?: unknown }): string {
  return error.message || String(error.code);
}
