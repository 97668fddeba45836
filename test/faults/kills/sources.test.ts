import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FUNCTIONS, METHODS } from './preload/chokepoints.mjs';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** What the services consist of. */
const FOLDERS = [
  'services/vbslustre/src',
  'services/volume-delegate/src',
  'services/vmm-delegate/src',
  'shared/src',
  'client/src',
];

/** Modules that change nothing outside of the process; of some, only what is named. */
const HARMLESS: Readonly<Record<string, readonly string[] | 'all'>> = {
  ...{ 'node:buffer': 'all', 'node:crypto': 'all', 'node:events': 'all', 'node:os': 'all' },
  ...{ 'node:async_hooks': 'all', 'node:diagnostics_channel': 'all', 'prom-client': 'all' },
  ...{ 'node:path': 'all', 'node:timers/promises': 'all', 'node:url': 'all', 'node:util': 'all' },
  'node:fs': ['readFileSync'],
  'node:fs/promises': ['readdir', 'readFile', 'realpath', 'stat'],
  'node:http': ['createServer'],
  'node:https': ['Agent', 'createServer'],
  'node:tls': ['createSecureContext'],
  ...{ 'node-forge': 'all', 'p-limit': 'all', saxes: 'all', zod: 'all' },
  /** Writes to stdout. */
  winston: 'all',
};

const WATCHED_IN = 'watched in ';
/** Who may go out into the world all the same: what it does there is watched, there or by whom it works for, or is no step of an operation. */
const GATES: Readonly<Record<string, string>> = {
  'shared/src/process/execute.ts execa': 'watched in shared/src/process/run.ts',
  'client/src/transport.ts node:https': 'watched',
  'services/volume-delegate/src/jobs/journal.ts node:fs/promises': 'watched',
  'services/volume-delegate/src/exchange/exchangeProgram.ts node:fs/promises':
    'a program, started by exchange.ts',
  'services/volume-delegate/src/checksum/sha256Program.ts node:fs/promises':
    'a program, started by checksums.ts, that only reads',
  'shared/src/process/forkProgram.ts node:child_process':
    'watched in shared/src/process/helpers.ts',
  'services/volume-delegate/src/files/fileCalls.ts node:fs/promises': 'does what helpers are told',
  'services/volume-delegate/src/files/systemCalls.ts node:module': 'does what helpers are told',
  'services/vmm-delegate/src/files/fileCalls.ts node:fs/promises': 'does what helpers are told',
  'services/vmm-delegate/src/hypervisors/qmp.ts node:net': 'watched',
  'services/vmm-delegate/src/hypervisors/xenstore.ts node:net':
    'only looks: its transactions write nothing',
  'services/vbslustre/src/metadata/sqlite.ts node:module': 'watched',
  'services/vbslustre/src/metadata/postgres.ts node:module': 'watched',
  'services/vbslustre/src/metadata/openSqlite.ts knex': 'its statements go through sqlite.ts',
  'services/vbslustre/src/metadata/openPostgres.ts knex': 'its statements go through postgres.ts',
  'services/vbslustre/src/metadata/openSqlite.ts node:fs/promises': 'makes a folder at the start',
  'services/vbslustre/src/metadata/backup.ts node:fs/promises': 'copies the database at the start',
  'shared/src/auditLog.ts node:fs/promises': 'nothing depends on what was logged',
  'shared/src/process/start.ts node:child_process': 'no service uses it: it starts the lab',
  'shared/src/process/start.ts node:fs/promises': 'no service uses it: it starts the lab',
};

interface Import {
  file: string;
  module: string;
  names: readonly string[];
}

describe('every change of the world goes through a watched place', () => {
  const sources = FOLDERS.flatMap(sourcesIn);
  const imports = sources.flatMap(importsOf);

  it('imports what could change it in known places only', () => {
    expect(imports.length).toBeGreaterThan(100);
    const gates = imports.filter((each) => !isHarmless(each));
    const found = gates.map(({ file, module }) => `${file} ${module}`);
    expect([...new Set(found)].sort()).toEqual(Object.keys(GATES).sort());
  });

  it('has no other way out', () => {
    const ways =
      /\bfetch\(|\bimport\((?!'[^']+'\))|\bnew WebSocket\(|process\.(binding|dlopen|getBuiltinModule)/;
    const found = sources.filter((file) => ways.test(readFileSync(join(ROOT, file), 'utf8')));
    expect(found).toEqual([]);
  });

  it('starts processes through nobody else', () => {
    const users = (name: string) => {
      const from = [`shared/src/process/${name}.js`, `@vbs-lustre/shared/process/${name}`];
      const found = imports.filter(({ file, module }) =>
        from.includes(module.startsWith('.') ? join(dirname(file), module) : module),
      );
      return found.map(({ file }) => basename(file, '.ts')).sort();
    };
    expect(users('execute')).toEqual(['execution', 'launcherProgram']);
    expect(users('execution')).toEqual(['launcher', 'launcherProgram', 'run']);
    expect(users('launcher')).toEqual(['run']);
    expect(users('forkProgram')).toEqual(['helpers', 'launcher']);
  });

  it('starts services without what starts the lab', () => {
    const found = imports.filter(({ module }) => /process\/start(\.js)?$/.test(module));
    expect(found).toEqual([]);
  });

  it('watches each of those places', () => {
    const watched = [...FUNCTIONS, ...METHODS].map(({ module }) => sourceOf(module)).sort();
    const meant = Object.entries(GATES).flatMap(([gate, why]) => {
      if (why === 'watched') return [gate.split(' ')[0]];
      return why.startsWith(WATCHED_IN) ? [why.slice(WATCHED_IN.length)] : [];
    });
    expect(meant.sort()).toEqual(watched);
  });

  it.each(FUNCTIONS)('knows all that $module exports', async ({ module, name, others }) => {
    const exported = Object.keys(await import(`${ROOT}${module}`));
    expect(exported.sort()).toEqual([name, ...others].sort());
  });

  it.each(METHODS)('knows all that $name of $module does', async ({ module, ...meant }) => {
    const { prototype } = (await import(`${ROOT}${module}`))[meant.name];
    const known = ['constructor', ...Object.keys(meant.kinds), ...meant.others];
    expect(Object.getOwnPropertyNames(prototype).sort()).toEqual(known.sort());
  });
});

function sourcesIn(folder: string): string[] {
  const names = readdirSync(join(ROOT, folder), { recursive: true }) as string[];
  const isProduct = (name: string): boolean =>
    name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.includes('testing/');
  return names.filter(isProduct).map((name) => join(folder, name));
}

/** What a file imports, but for types, at its start or when it is needed. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const late = [...text.matchAll(/\bimport\('([^']+)'\)/g)];
  const found = text.matchAll(
    /^(?:import|export)\s+(type\s)?(?:([\w\s{},*$]*?)\s+from\s+)?'([^']+)';/gm,
  );
  const early = [...found].flatMap(([, type, what = '*', module = '']) => {
    if (type) return [];
    const names = what
      .replace(/[{}]/g, ',')
      .split(',')
      .map((name) => name.trim());
    const values = names.filter((name) => name !== '' && !name.startsWith('type '));
    return [{ file, module, names: values.map((name) => name.split(' as ')[0] as string) }];
  });
  return [...early, ...late.map(([, module = '']) => ({ file, module, names: ['*'] }))];
}

function isHarmless({ module, names }: Import): boolean {
  if (module.startsWith('.') || module.startsWith('@vbs-lustre/')) return true;
  const allowed = HARMLESS[module] ?? [];
  if (allowed === 'all') return true;
  // Nothing but types.
  return names.every((name) => allowed.includes(name));
}

function sourceOf(module: string): string {
  return module.slice(1).replace('/dist/', '/src/').replace(/\.js$/, '.ts');
}
