// Loaded into every service by `node --import`: writes down each step that the service takes, a step being what changes
// the world, and kills the service before or after one of them, if it is told to. Plain JavaScript: it runs in the
// services, not in the tests. Beside the service's configuration folder there is the folder `kills` with
// `steps.jsonl`, where all steps go, and `<service>.json`, which says where the next kill is.
import { AsyncLocalStorage } from 'node:async_hooks';
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { register } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { changedTable, DESCRIBE, idsIn } from './describe.mjs';

const configFile = process.argv[process.argv.indexOf('--config') + 1] ?? '';
const service = basename(configFile, '.json');
const folder = join(dirname(configFile), '..', 'kills');
const orderFile = join(folder, `${service}.json`);

/** What the work that is going on is about: not every step names it, as `sync .` doesn't. */
const subject = new AsyncLocalStorage();
/** Of each kill: how often its step was taken. */
const taken = new Map();

if (process.argv.includes('--config') && existsSync(folder)) {
  register('./hooks.mjs', import.meta.url);
  globalThis.vbsSteps = { aFunction, methods };
}

function aFunction(kind, real) {
  return (...args) => watch(DESCRIBE[kind](...args), () => real(...args));
}

function methods(prototype, kinds) {
  for (const [name, kind] of Object.entries(kinds)) {
    const real = prototype[name];
    prototype[name] = function (...args) {
      const work = () => real.apply(this, args);
      return kind === 'statement' ? statement(...args, work) : watch(DESCRIBE[kind](...args), work);
    };
  }
}

async function watch({ text, step }, work) {
  const own = idsIn(text);
  if (own.length > 0) subject.enterWith(own);
  if (step === undefined) return work();
  const ids = subject.getStore() ?? [];
  take(step, 'before', ids);
  try {
    return await work();
  } finally {
    take(step, 'after', ids);
  }
}

/** The transaction of a connection, as far as it has come: the tables that it has changed, and all that it was told. */
const transactions = new WeakMap();

/** One statement of the database: a step if it is alone, or if it commits others that have changed something. */
async function statement(connection, query, work) {
  const { sql, bindings } = query;
  if (/^BEGIN/i.test(sql)) transactions.set(connection, { tables: new Set(), text: '' });
  const transaction = transactions.get(connection);
  if (/^(COMMIT|ROLLBACK)/i.test(sql)) transactions.delete(connection);
  if (/^COMMIT/i.test(sql) && transaction?.tables.size > 0) {
    const step = `database commit: ${[...transaction.tables].join(', ')}`;
    return watch({ text: transaction.text, step }, work);
  }
  const table = changedTable(sql);
  const text = JSON.stringify(bindings ?? []);
  if (!transaction) return table ? watch({ text, step: `database: ${table}` }, work) : work();
  const done = await work();
  transaction.text += text;
  const { response, context } = query;
  const changes = context?.changes ?? response?.rowCount ?? response?.length;
  if (table && changes > 0) transaction.tables.add(table);
  return done;
}

function take(step, side, ids) {
  note({ step, side, ids });
  const order = readOrder();
  if (order?.step !== step || order.side !== side) return;
  if (!ids.some((id) => !order.others.includes(id))) return;
  const times = (taken.get(order.kill) ?? 0) + 1;
  taken.set(order.kill, times);
  if (times < order.nth) return;
  rmSync(orderFile);
  note({ killed: order.kill });
  process.kill(process.pid, 'SIGKILL');
}

function readOrder() {
  try {
    return JSON.parse(readFileSync(orderFile, 'utf8'));
  } catch {
    return undefined;
  }
}

function note(line) {
  const time = new Date().toISOString();
  appendFileSync(join(folder, 'steps.jsonl'), `${JSON.stringify({ time, service, ...line })}\n`);
}
