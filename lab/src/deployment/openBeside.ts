import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
/** The first version of Node that better-sqlite3 13 runs on. */
const NODE_WITH_13 = 22;

export interface Beside {
  pragma(text: string): unknown;
  exec(sql: string): void;
  prepare(sql: string): { all(...values: string[]): Record<string, unknown>[] };
  close(): void;
}

/** Opens the front end's database beside it, as an operator's tool would. */
export function openBeside(file: string): Beside {
  const major = Number(process.versions.node.split('.')[0]);
  const Driver = require(major >= NODE_WITH_13 ? 'better-sqlite3' : 'better-sqlite3-for-node20');
  return new Driver(file, { timeout: 20_000 });
}
