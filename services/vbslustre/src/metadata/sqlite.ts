import { createRequire } from 'node:module';
import type { Knex } from 'knex';

const require = createRequire(import.meta.url);

type Dialect = typeof Knex.Client & { prototype: { _driver(): unknown } };
const BetterSqlite3: Dialect = require('knex/lib/dialects/better-sqlite3/index.js');

/** The first version of Node that better-sqlite3 13 runs on. */
const NODE_WITH_13 = 22;

/**
 * knex's dialect for better-sqlite3, with the version that runs on this Node: 13 crashes on Node 20, and 12 on
 * Node 24.19 and later, whenever garbage collection finds a statement outside of JavaScript.
 */
export class Sqlite extends BetterSqlite3 {
  _driver(): unknown {
    const major = Number(process.versions.node.split('.')[0]);
    return require(major >= NODE_WITH_13 ? 'better-sqlite3' : 'better-sqlite3-for-node20');
  }
}
