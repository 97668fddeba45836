import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSite, type Site } from '../testing/site.js';
import { insertExport } from './exports.js';
import { findSnapshot, insertSnapshot, type Snapshot } from './snapshots.js';
import { change, FAILURE, firstStatus, type Kind, NONE, TRANSITIONS } from './states.js';
import { insertVerification } from './verifications.js';
import { insertVolume } from './volumes.js';

const SOURCES = join(import.meta.dirname, '..');
const PAGE = join(SOURCES, '../../../docs/states.md');
const KINDS = ['volume', 'snapshot', 'attachment', 'export', 'verification'] as const;
const TABLES = {
  volume: 'volumes',
  snapshot: 'snapshots',
  attachment: 'attachments',
  export: 'exports',
  verification: 'verifications',
};
const IDS = {
  ...{ volume: 'vol-1', snapshot: 'snap-1', attachment: 'ord-3', export: 'export-1' },
  verification: 'snap-1',
};

let site: Site;

beforeEach(async () => {
  site = await openSite();
  const { database } = site;
  const file = { owner: 'CN=alice', sizeBytes: 1, delegate: 'a', tags: [] };
  await insertVolume(database, {
    ...{ ...file, id: 'vol-1', orderId: 'ord-1' },
    ...{ snapshotId: undefined, snapshotConsistency: undefined },
  });
  await insertSnapshot(database, {
    ...{ ...file, id: 'snap-1', orderId: 'ord-2', volumeId: 'vol-2', description: undefined },
    ...{ consistency: 'exact', copying: undefined },
  });
  const order = { orderId: 'ord-5', delegate: 'a' };
  await insertVerification(database, (await findSnapshot(database, 'snap-1')) as Snapshot, order);
  await insertExport(database, {
    ...{ id: 'export-1', owner: 'CN=alice', sourceId: 'vol-2', fileName: 'a', sizeBytes: 1 },
    ...{ orderId: 'ord-4', delegate: 'a' },
  });
  await database('attachments').insert({
    ...{ order_id: 'ord-3', volume_id: 'vol-1', instance_id: 'vm1', vmm: 'host1', device: 'xvdb' },
    ...{ mode: 'w', status: firstStatus('attachment'), attach_time: 't', changed_at: 't' },
  });
});
afterEach(async () => {
  for (const kind of ['attachment', ...KINDS] as const) {
    await site.database(TABLES[kind]).delete();
  }
  await site.close();
});

const statuses = (kind: Kind): string[] => [
  ...new Set(TRANSITIONS[kind].flatMap(({ from, to }) => [from, to])),
];

/** As text, since the compiler would refuse most of what is tried here. */
function tryChange(kind: Kind, from: string, to: string): Promise<boolean> {
  return change(site.database, kind, IDS[kind], { from: [from], to } as never);
}

const pairs = KINDS.flatMap((kind) =>
  statuses(kind)
    .filter((from) => from !== NONE)
    .flatMap((from) => statuses(kind).map((to) => [kind, from, to] as const)),
);

test.each(pairs)('a %s from %s to %s: as the table says', async (kind, from, to) => {
  const row = () => site.database(TABLES[kind]).select('status').first();
  const isAllowed = TRANSITIONS[kind].some((each) => each.from === from && each.to === to);
  // The volume is removed only without its attachment.
  if (kind === 'volume') await site.database('attachments').delete();
  for (const status of statuses(kind).filter((each) => each !== NONE && each !== from)) {
    await site.database(TABLES[kind]).update({ status });
    if (isAllowed) expect(await tryChange(kind, from, to)).toBe(false);
    else await expect(tryChange(kind, from, to)).rejects.toThrow('no transition');
    expect(await row()).toEqual({ status });
  }
  await site.database(TABLES[kind]).update({ status: from });
  if (!isAllowed) {
    await expect(tryChange(kind, from, to)).rejects.toThrow('no transition');
    expect(await row()).toEqual({ status: from });
    return;
  }
  expect(await tryChange(kind, from, to)).toBe(true);
  expect(await row()).toEqual(to === NONE ? undefined : { status: to });
});

test('what else is expected must be so too', async () => {
  const wait = { from: ['pending'], to: 'available' } as const;
  const other = { ...wait, where: { order_id: 'ord-9' } };
  expect(await change(site.database, 'volume', 'vol-1', other)).toBe(false);
  expect(await change(site.database, 'volume', 'vol-9', wait)).toBe(false);
  expect(await change(site.database, 'volume', 'vol-1', wait)).toBe(true);
});

test('of many that try at once, one succeeds', async () => {
  const tries = Array.from({ length: 8 }, () => tryChange('volume', 'pending', 'available'));
  expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1);
});

test('new records begin with the first status', async () => {
  for (const kind of KINDS) {
    const [row] = await site.database(TABLES[kind]);
    expect(TRANSITIONS[kind]).toContainEqual(
      expect.objectContaining({ from: NONE, to: row.status }),
    );
    expect(TRANSITIONS[kind].filter(({ from }) => from === NONE)).toHaveLength(1);
  }
});

test('docs/states.md draws these very transitions', async () => {
  const page = await readFile(PAGE, 'utf8');
  const diagrams = [...page.matchAll(/```mermaid\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  const drawn = diagrams.map((text) =>
    [...text.matchAll(/^ *(\S+) --> (\S+): (.+)$/gm)].map(([, from, to, by]) => ({
      ...{ from: drawnStatus(from), to: drawnStatus(to), by },
    })),
  );
  expect(drawn).toEqual(KINDS.map((kind) => TRANSITIONS[kind]));
});

function drawnStatus(name: string | undefined): string | undefined {
  if (name === '[*]') return NONE;
  return name === 'failure' ? FAILURE : name;
}

test('no other code changes a status', async () => {
  const names = await readdir(SOURCES, { recursive: true });
  const code = names.filter((name) => /(?<!\.test)\.ts$/.test(name));
  expect(code).toContain('metadata/states.ts');
  const writes = /\.(update|merge)\(\s*\{[^}]*\bstatus\b(?!_)/;
  const culprits: string[] = [];
  for (const name of code) {
    if (writes.test(await readFile(join(SOURCES, name), 'utf8'))) culprits.push(name);
  }
  expect(culprits).toEqual(['metadata/states.ts']);
});
