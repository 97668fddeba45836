import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { inject } from 'vitest';
import { connectPostgres } from '../metadata/openPostgres.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** URL of a database of the PostgreSQL server for the tests; absent where they run on SQLite. */
    postgres?: string;
  }
}

/** Whether this run of the tests is the one on PostgreSQL. */
export const onPostgres = inject('postgres') !== undefined;

/** A database without rows. */
export interface TestDatabase {
  /** For openDatabase. */
  where: string;
  /** After everything that has opened it was closed. */
  remove(): Promise<void>;
}

/** A database of the kind that this run of the tests is for. */
export async function newDatabase(): Promise<TestDatabase> {
  const server = inject('postgres');
  return server === undefined
    ? newFile()
    : onceMore(unused.pop() ?? (await createDatabase(server)));
}

/** One that has no tables yet. */
export async function freshDatabase(): Promise<TestDatabase> {
  const server = inject('postgres');
  return server === undefined ? newFile() : onceMore(await createDatabase(server));
}

async function newFile(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'database-'));
  return {
    where: join(folder, 'state', 'vbs.sqlite'),
    remove: () => rm(folder, { recursive: true }),
  };
}

/** Databases of this test file that nobody uses, each with a connection: to make them takes longer than most tests. */
const unused: { where: string; connection: Knex }[] = [];
let made = 0;

function onceMore(database: (typeof unused)[number]): TestDatabase {
  return {
    where: database.where,
    remove: async () => {
      await emptyTables(database.connection);
      unused.push(database);
    },
  };
}

async function createDatabase(server: string): Promise<{ where: string; connection: Knex }> {
  made += 1;
  const name = `test_${process.pid}_${Date.now()}_${made}`;
  await onServer(server, `create database ${name} strategy file_copy`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { where: url.href, connection: connectPostgres(url.href) };
}

async function emptyTables(database: Knex): Promise<void> {
  const { rows } = await database.raw(
    "select quote_ident(tablename) as name from pg_tables where schemaname = 'public' and tablename not like 'knex%'",
  );
  const names = rows.map(({ name }: { name: string }) => name).join(', ');
  if (names) await database.raw(`truncate ${names} restart identity`);
}

/** Runs one statement at a server. */
export async function onServer(url: string, statement: string): Promise<void> {
  const database = connectPostgres(url);
  try {
    await database.raw(statement);
  } finally {
    await database.destroy();
  }
}
