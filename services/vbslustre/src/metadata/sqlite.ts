import { createRequire } from 'node:module';
import type { Knex } from 'knex';
import { DatabaseUnavailable } from './unavailable.js';

const require = createRequire(import.meta.url);

interface Connection {
  prepare(sql: string): object;
}

/** What knex's types do not show. */
type Dialect = Omit<typeof Knex.Client, never> &
  (new (
    config: Knex.Config,
  ) => Knex.Client & {
    _driver(): unknown;
    _query(connection: Connection, query: object): Promise<unknown>;
  });
const BetterSqlite3: Dialect = require('knex/lib/dialects/better-sqlite3/index.js');

/** The first version of Node that better-sqlite3 13 runs on. */
const NODE_WITH_13 = 22;
/** More than there are statements, but for lists of ids, which can be of any length. */
const MAX_STATEMENTS = 200;

/**
 * knex's dialect for better-sqlite3, with the version that runs on this Node: 13 crashes on Node 20, and 12 on
 * Node 24.19 and later, whenever garbage collection finds a statement outside of JavaScript.
 */
export class Sqlite extends BetterSqlite3 {
  override _driver(): unknown {
    const major = Number(process.versions.node.split('.')[0]);
    return require(major >= NODE_WITH_13 ? 'better-sqlite3' : 'better-sqlite3-for-node20');
  }

  override async _query(connection: Connection, query: object): Promise<unknown> {
    try {
      return await super._query(connection, query);
    } catch (error) {
      throw isTrouble(error) ? new DatabaseUnavailable(error.message, { cause: error }) : error;
    }
  }

  /** knex would compile every statement anew, which takes longer than to run it. */
  override async acquireRawConnection(): Promise<Connection> {
    const connection: Connection = await super.acquireRawConnection();
    const prepare = connection.prepare.bind(connection);
    const statements = new Map<string, object>();
    connection.prepare = (sql: string) => {
      const known = statements.get(sql);
      if (known) return known;
      const statement = prepare(sql);
      if (statements.size >= MAX_STATEMENTS) statements.clear();
      if (/^\s*(select|insert|update|delete)\s/.test(sql)) statements.set(sql, statement);
      return statement;
    };
    return connection;
  }
}

/** The file can't be read or written now: the statement is right. */
function isTrouble(error: unknown): error is Error {
  const code = (error as { code?: unknown }).code;
  return (
    typeof code === 'string' &&
    /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|NOMEM)(_|$)/.test(code)
  );
}
