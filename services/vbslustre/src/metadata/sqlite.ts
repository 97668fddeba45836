import { createRequire } from 'node:module';
import type { Knex } from 'knex';

const require = createRequire(import.meta.url);

interface Connection {
  prepare(sql: string): { all(bindings: readonly string[]): unknown[] };
  pragma(text: string): void;
  close(): void;
}

type Dialect = typeof Knex.Client & { prototype: { _driver(): Driver } };
type Driver = new (file: string, options: { readonly: true }) => Connection;
const BetterSqlite3: Dialect = require('knex/lib/dialects/better-sqlite3/index.js');

/** The first version of Node that better-sqlite3 13 runs on. */
const NODE_WITH_13 = 22;
/** More than there are statements, but for lists of ids, which can be of any length. */
const MAX_STATEMENTS = 200;
export const BUSY_TIMEOUT_MS = 10_000;

/**
 * knex's dialect for better-sqlite3, with the version that runs on this Node: 13 crashes on Node 20, and 12 on
 * Node 24.19 and later, whenever garbage collection finds a statement outside of JavaScript.
 */
export class Sqlite extends BetterSqlite3 {
  #reader: Connection | undefined;

  _driver(): Driver {
    const major = Number(process.versions.node.split('.')[0]);
    return require(major >= NODE_WITH_13 ? 'better-sqlite3' : 'better-sqlite3-for-node20');
  }

  /**
   * Runs a select on a connection of its own, beside knex's pool: it sees what is committed, and waits for no
   * transaction.
   */
  readCommitted(sql: string, bindings: readonly string[]): unknown[] {
    this.#reader ??= this.#openReader();
    return this.#reader.prepare(sql).all(bindings);
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
