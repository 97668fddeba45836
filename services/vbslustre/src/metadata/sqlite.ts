import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import type { Knex } from 'knex';
import { DatabaseUnavailable } from './unavailable.js';

const require = createRequire(import.meta.url);

interface Connection {
  prepare(sql: string): { all(bindings: readonly string[]): unknown[] };
  pragma(text: string): void;
  close(): void;
}

type Driver = new (file: string, options: { readonly: true }) => Connection;
/** What knex's types do not show. */
type Dialect = Omit<typeof Knex.Client, never> &
  (new (
    config: Knex.Config,
  ) => Knex.Client & {
    _driver(): Driver;
    _query(connection: Connection, query: object): Promise<unknown>;
  });
const BetterSqlite3: Dialect = require('knex/lib/dialects/better-sqlite3/index.js');

/** The first version of Node that better-sqlite3 13 runs on. */
const NODE_WITH_13 = 22;
/** More than there are statements, but for lists of ids, which can be of any length. */
const MAX_STATEMENTS = 200;
/**
 * How long a statement is tried while another process, such as an operator's tool, holds the file. SQLite itself waits for
 * it only shortly, since this whole process stands still meanwhile.
 */
const BUSY_MS = 5_000;
const BUSY_PAUSE_MS = 100;
export const BUSY_TIMEOUT_MS = 50;

/**
 * knex's dialect for better-sqlite3, with the version that runs on this Node: 13 crashes on Node 20, and 12 on
 * Node 24.19 and later, whenever garbage collection finds a statement outside of JavaScript.
 */
export class Sqlite extends BetterSqlite3 {
  #reader: Connection | undefined;

  override _driver(): Driver {
    const major = Number(process.versions.node.split('.')[0]);
    return require(major >= NODE_WITH_13 ? 'better-sqlite3' : 'better-sqlite3-for-node20');
  }

  override async _query(connection: Connection, query: object): Promise<unknown> {
    const giveUpAt = performance.now() + BUSY_MS;
    for (;;) {
      try {
        return await super._query(connection, query);
      } catch (error) {
        if (!isBusy(error) || performance.now() > giveUpAt) throw asTrouble(error);
      }
      await delay(BUSY_PAUSE_MS);
    }
  }

  override async acquireConnection(): Promise<Connection> {
    try {
      return await super.acquireConnection();
    } catch (error) {
      // Others wait, too.
      throw new DatabaseUnavailable((error as Error).message, { cause: error });
    }
  }

  /**
   * Runs a select on a connection of its own, beside knex's pool: it sees what is committed, and waits for no
   * transaction.
   */
  readCommitted(sql: string, bindings: readonly string[]): unknown[] {
    try {
      this.#reader ??= this.#openReader();
      return this.#reader.prepare(sql).all(bindings);
    } catch (error) {
      throw asTrouble(error);
    }
  }

  #openReader(): Connection {
    const { filename } = this.config.connection as Knex.Sqlite3ConnectionConfig;
    const connection = new (this._driver())(filename, { readonly: true });
    connection.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    return keepingStatements(connection);
  }

  override destroy(done: () => void): Promise<void> {
    this.#reader?.close();
    this.#reader = undefined;
    return super.destroy(done) as unknown as Promise<void>;
  }

  override async acquireRawConnection(): Promise<Connection> {
    return keepingStatements(await super.acquireRawConnection());
  }
}

/** The statement has done nothing. (In a transaction that has read what is outdated now, it is no use to try again.) */
function isBusy(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'SQLITE_BUSY';
}

/** The file can't be read or written now: the statement is right. */
function asTrouble(error: unknown): unknown {
  const { code } = error as { code?: unknown };
  const isTrouble =
    typeof code === 'string' &&
    /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|NOMEM)(_|$)/.test(code);
  return isTrouble ? new DatabaseUnavailable((error as Error).message, { cause: error }) : error;
}

/** Statements would be compiled anew each time, which takes longer than to run them. */
function keepingStatements(connection: Connection): Connection {
  const prepare = connection.prepare.bind(connection);
  const statements = new Map<string, ReturnType<Connection['prepare']>>();
  connection.prepare = (sql) => {
    const known = statements.get(sql);
    if (known) return known;
    const statement = prepare(sql);
    if (statements.size >= MAX_STATEMENTS) statements.clear();
    if (/^\s*(select|insert|update|delete)\s/.test(sql)) statements.set(sql, statement);
    return statement;
  };
  return connection;
}
