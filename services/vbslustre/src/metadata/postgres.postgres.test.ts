import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { Cutter } from '../testing/cutter.js';
import { log } from '../testing/site.js';
import {
  freshDatabase,
  newDatabase,
  onServer,
  type TestDatabase,
} from '../testing/testDatabase.js';
import { type Database, openDatabase } from './database.js';
import { connectPostgres } from './openPostgres.js';
import { explainUnavailable } from './unavailable.js';

const server = inject('postgres') as string;
const { password, hostname } = new URL(server);
let place: TestDatabase;
let database: Database;
let cutter: Cutter;
/** The same database, by a way that can be cut. */
let throughCutter: string;

beforeEach(async () => {
  place = await newDatabase();
  database = await openDatabase(place.where);
  cutter = new Cutter(decodeURIComponent(hostname));
  const url = new URL(place.where);
  url.host = `127.0.0.1:${await cutter.open()}`;
  throughCutter = url.href;
});
afterEach(async () => {
  await database.destroy();
  await cutter.cut();
  await place.remove();
});

const changed = (change: Partial<URL>): string => Object.assign(new URL(place.where), change).href;
const failureOf = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => new Error('it went well'),
    (error) => error,
  );

test.each([
  ['wrong password', { password: 'x' }, /password authentication/],
  ['database that is not there', { pathname: '/nowhere' }, /does not exist/],
])('a %s is told at once, without the password', async (_case, change, reason) => {
  const error = await failureOf(openDatabase(changed(change)));
  expect(error.message).toMatch(/^The database postgres:\/\/.* cannot be used: /);
  expect(error.message).toMatch(reason);
  expect(`${error.message} ${error.stack}`).not.toContain(password);
});

test('a database of another encoding is refused: users have names in any script', async () => {
  await onServer(
    server,
    "create database latin template template0 encoding latin1 lc_collate 'C' lc_ctype 'C'",
  );
  const error = await failureOf(openDatabase(changed({ pathname: '/latin' })));
  expect(error.message).toContain('its encoding must be UTF8');
  await onServer(server, 'drop database latin');
});

test('a start waits for a server that cannot be reached yet, and says so once', async () => {
  await cutter.cut();
  const told: string[] = [];
  const opening = openDatabase(
    throughCutter,
    Object.assign(Object.create(log), {
      warn: (message: string, fields: object) => told.push(message, JSON.stringify(fields)),
    }),
  );
  while (told.length === 0) await delay(20);
  await cutter.open();
  await (await opening).destroy();
  expect(told).toEqual(['waiting for the database', expect.stringContaining('ECONNREFUSED')]);
  expect(told[1]).not.toContain(password);
});

test('whatever the server’s defaults are, sessions are what the statements are made for', async () => {
  const name = new URL(place.where).pathname.slice(1);
  for (const setting of [
    "default_transaction_isolation to 'serializable'",
    'synchronous_commit to off',
  ]) {
    await onServer(server, `alter database ${name} set ${setting}`);
  }
  const fresh = connectPostgres(place.where);
  const show = async (setting: string) => (await fresh.raw(`show ${setting}`)).rows[0][setting];
  expect(await show('transaction_isolation')).toBe('read committed');
  expect(await show('synchronous_commit')).toBe('on');
  expect(await show('statement_timeout')).toBe('10s');
  await fresh.destroy();
  await onServer(server, `alter database ${name} reset all`);
});

test('a connection that breaks is the database’s trouble, not the request’s, and is replaced', async () => {
  const cuttable = connectPostgres(throughCutter);
  await cuttable.raw('select 1');
  const running = failureOf(cuttable.raw('select pg_sleep(60)'));
  await delay(100);
  await cutter.cut();
  expect(explainUnavailable(await running)).toMatchObject({ code: 'Unavailable' });
  const refused = await failureOf(cuttable.raw('select 1'));
  expect(explainUnavailable(refused)).toMatchObject({ code: 'Unavailable' });
  await cutter.open();
  await cuttable.raw('select 1');
  await cuttable.destroy();
});

test('a server that ends the connections of its clients is reached again at once', async () => {
  await database.raw('select 1');
  const name = new URL(place.where).pathname.slice(1);
  const end = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}' and application_name = 'vbslustre'`;
  const running = failureOf(database.raw('select pg_sleep(60)'));
  await delay(100);
  await onServer(server, end);
  expect(explainUnavailable(await running)).toMatchObject({ code: 'Unavailable' });
  await database.raw('select 1');
});

test('a server from which nothing comes is not waited for for ever, also by a transaction', async () => {
  const impatient = connectPostgres(throughCutter, 2_000);
  const work = impatient.transaction(async (transaction) => {
    await transaction('client_tokens').insert(TOKEN);
    cutter.block();
    await transaction('client_tokens');
  });
  expect(explainUnavailable(await failureOf(work))).toBeDefined();
  // By a new connection.
  expect(await impatient('client_tokens')).toEqual([]);
  await impatient.destroy();
});

test('a statement that takes too long is given up by the server', async () => {
  const impatient = connectPostgres(place.where, 100);
  const error = await failureOf(impatient.raw('select pg_sleep(60)'));
  expect(error.message).toContain('statement timeout');
  expect(explainUnavailable(error)).toBeDefined();
  await impatient.destroy();
});

test('what is wrong about a statement is not the database’s trouble', async () => {
  for (const wrong of ['select nonsense', 'select 1/0', 'selec']) {
    expect(explainUnavailable(await failureOf(database.raw(wrong)))).toBeUndefined();
  }
});

test('an instance that dies while it migrates leaves nothing, and the next one goes on', async () => {
  const fresh = await freshDatabase();
  const { pathname } = new URL(fresh.where);
  const dying = connectPostgres(Object.assign(new URL(throughCutter), { pathname }).href);
  const transaction = await dying.transaction();
  await transaction.raw('select pg_advisory_xact_lock(7622358)');
  await transaction.schema.createTable('volumes', (table) => table.text('half'));
  const opening = openDatabase(fresh.where);
  const waiting = `select 1 from pg_stat_activity where datname = '${pathname.slice(1)}' and wait_event = 'advisory'`;
  while ((await database.raw(waiting)).rows.length === 0) await delay(20);
  await cutter.cut();
  const opened = await opening;
  expect(await opened('volumes').columnInfo()).toHaveProperty('size_bytes');
  await opened.destroy();
  await fresh.remove();
  await failureOf(transaction.rollback());
  await dying.destroy();
});

const TOKEN = {
  ...{ owner: 'o', token: 't', request_hash: 'h', resource_id: 'r', created_at: 'now' },
};
