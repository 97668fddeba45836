#!/usr/bin/env node
// A stand-in for `lfs` that gives the recorded answers of a real one: see README.md.
import { existsSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { parseArgs } from 'node:util';
import * as recorded from './recorded.mjs';
import {
  allocate,
  allocateMirrors,
  isInPool,
  isInside,
  isStale,
  readLayout,
  readState,
  syncedNow,
  usedByFiles,
  writeLayout,
} from './state.mjs';

class Failure extends Error {
  constructor(exitCode, message) {
    super(message);
    this.exitCode = exitCode;
  }
}

const state = readState();
const [command, ...args] = commandLine();
if (state.hang.includes(command)) hang();
else main();

function main() {
  try {
    const answer = {
      df,
      setstripe,
      getstripe,
      'mirror create': mirrorCreate,
      'mirror resync': mirrorResync,
      'mirror verify': mirrorVerify,
    }[command];
    if (!answer) throw new Failure(4, `lfs: the stand-in has no '${command}'`);
    answer();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(error.message);
    process.exitCode = error.exitCode;
  }
}

function commandLine() {
  const [first, second, ...more] = process.argv.slice(2);
  return first === 'mirror' ? [`mirror ${second}`, ...more] : [first, second, ...more];
}

function df() {
  const { values, positionals } = parse({
    lazy: { type: 'boolean', short: 'l' },
    pool: { type: 'string', short: 'p' },
  });
  const [path] = positionals;
  if (!existsSync(path)) throw new Failure(2, recorded.dfNoSuchPath(path));
  if (!isInside(state, path)) throw new Failure(95, recorded.dfNotLustre(path));
  const waits = !values.lazy && state.osts.some(({ down }) => down);
  for (const mount of [...state.alsoMounted, realpathSync(state.mount)]) {
    console.log(table(mount, values.pool, waits));
    if (waits) return hang();
  }
  process.exitCode = state.osts.some(({ down }) => down === 'told') ? 107 : 0;
}

function table(mount, pool, cutOff) {
  const written = usedByFiles(state);
  const osts = state.osts.map((ost, index) => ({
    ...ost,
    used: ost.used + written[index],
    available: Math.max(0, ost.available - written[index]),
  }));
  const rows = osts.flatMap((ost, index) => {
    if (!isInPool(state, pool, index)) return [];
    const uuid = `lfs1-OST${index.toString(16).padStart(4, '0')}_UUID`;
    if (ost.down) return ost.down === 'told' ? [recorded.dfRowNotConnected(uuid)] : [];
    return [recorded.dfRow(uuid, ost, `${mount}[OST:${index}]`) + (ost.flags ?? '')];
  });
  const up = osts.filter(({ down }, index) => !down && isInPool(state, pool, index));
  const sum = (key) => up.reduce((total, ost) => total + ost[key], 0);
  const total = { blocks: sum('blocks'), used: sum('used'), available: sum('available') };
  return [
    recorded.DF_HEADER,
    recorded.dfRow('lfs1-MDT0000_UUID', recorded.FRESH.mdt, `${mount}[MDT:0]`),
    ...rows,
    '',
    ...(cutOff ? [] : [recorded.dfRow('filesystem_summary:', total, mount), '']),
  ].join('\n');
}

function setstripe() {
  const { values, positionals } = parse({
    'stripe-size': { type: 'string', short: 'S', default: '4M' },
    'stripe-count': { type: 'string', short: 'c', default: '1' },
    pool: { type: 'string', short: 'p' },
  });
  const [name] = positionals;
  const stripeSize = parseSize(values['stripe-size']);
  if (!existsSync(dirname(name))) throw new Failure(2, recorded.setstripeNoFolder(name));
  if (!isInside(state, dirname(name))) {
    if (values.pool === undefined) throw new Failure(25, recorded.setstripeNotLustre(name));
    throw new Failure(19, recorded.setstripePoolNotLustre(name));
  }
  if (isUnknown(values.pool)) throw new Failure(22, recorded.setstripeNoPool(values.pool));
  try {
    writeFileSync(name, '', { flag: 'wx' });
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    throw new Failure(17, recorded.setstripeExists(name));
  }
  const osts = allocate(state, Number(values['stripe-count']), values.pool);
  writeLayout(name, { stripeSize, osts, pool: values.pool });
}

function getstripe() {
  const [name] = parse({ yaml: { type: 'boolean', short: 'y' } }).positionals;
  if (!existsSync(name)) throw new Failure(2, recorded.getstripeNoFile(name));
  if (!isInside(state, name)) throw new Failure(25, recorded.getstripeNotLustre(name));
  const { stripeSize, osts, mirrors } = readLayout(name);
  if (state.composite) console.log(recorded.PFL_LAYOUT);
  else if (mirrors) console.log(recorded.mirroredLayout(stripeSize, mirrors, isStale(name)));
  else console.log(recorded.plainLayout(stripeSize, osts));
}

/** For a file that is there it exits with 0, as was recorded; here that file keeps its layout. */
function mirrorCreate() {
  const { values, positionals } = parse({
    'mirror-count': { type: 'string', short: 'N' },
    'stripe-size': { type: 'string', short: 'S', default: '4M' },
    'stripe-count': { type: 'string', short: 'c', default: '1' },
    pool: { type: 'string', short: 'p' },
  });
  const [name] = positionals;
  const count = Number(values['mirror-count']);
  if (!isInside(state, dirname(name))) throw new Failure(19, recorded.mirrorCreateNotLustre(name));
  if (count > 16) throw new Failure(1, recorded.mirrorTooMany(name));
  // What a real one says is neither recorded nor documented.
  if (isUnknown(values.pool)) throw new Failure(4, 'lfs: the stand-in has no such pool');
  if (existsSync(name)) return;
  writeFileSync(name, '', { flag: 'wx' });
  const mirrors = allocateMirrors(state, Number(values['stripe-count']), count, values.pool);
  const stripeSize = parseSize(values['stripe-size']);
  const layout = { stripeSize, osts: mirrors.flat(), mirrors, pool: values.pool };
  writeLayout(name, { ...layout, synced: syncedNow(name) });
}

function mirrorResync() {
  const [name] = parse({}).positionals;
  if (!existsSync(name)) throw new Failure(2, recorded.verifyNoFile(name).replace(' verify', ''));
  const layout = readLayout(name);
  if (!layout.mirrors) throw new Failure(22, recorded.resyncNotMirrored(name));
  if (state.busy.includes(basename(name))) throw new Failure(16, recorded.resyncBusy(name));
  if (state.lies) return;
  writeLayout(name, { ...layout, synced: syncedNow(name) });
}

function mirrorVerify() {
  const [name] = parse({ verbose: { type: 'boolean', short: 'v' } }).positionals;
  if (!existsSync(name)) throw new Failure(2, recorded.verifyNoFile(name));
  const layout = readLayout(name);
  if (!layout.mirrors) throw new Failure(22, recorded.verifyNotMirrored(name));
  if (state.different.includes(basename(name))) throw new Failure(1, recorded.verifyDifferent);
  if (!isStale(name)) return;
  console.log(recorded.verifyStale(statSync(name).size));
  process.exitCode = 116;
}

function isUnknown(pool) {
  return pool !== undefined && !Object.hasOwn(state.pools, pool);
}

function parse(options) {
  return parseArgs({ args, options, allowPositionals: true });
}

/** Stripes are multiples of 64 KiB. */
function parseSize(text) {
  const [, digits, unit] = /^(\d+)([kmg]?)$/i.exec(text) ?? [];
  const bytes =
    Number(digits) * { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[unit?.toLowerCase()];
  if (bytes % 65536 === 0) return bytes;
  throw new Failure(4, recorded.setstripeBadSize(text));
}

function hang() {
  setInterval(() => {}, 60_000);
}
