import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { VBSLustreClient } from '@vbs-lustre/client';
import { run } from '@vbs-lustre/shared/process/run';
import type { vbslustre } from '@vbs-lustre/wsdl';
import { Deployment } from '../deployment/deployment.js';
import { type Beside, openBeside } from '../deployment/openBeside.js';
import { timed } from './attachBench.js';
import { BARE_COPIES, bareBlank, COPIED_BYTES, fillAQuarter, readAll } from './bareFiles.js';
import { median, quantile } from './clock.js';
import { GlusterFileSystem } from './glusterFileSystem.js';
import { ImageFileSystem } from './imageFileSystem.js';
import { benchOptions } from './options.js';
import { withEnd } from './withEnd.js';

const GIB = 1024 ** 3;
const BLANK_IMAGE_BYTES = 512 * GIB;
const COPIES_IMAGE_BYTES = 16 * GIB;
/** How often files are looked at, in milliseconds, and what the front end has written down: beside it, which costs it nothing. */
const POLL_MS = 5;
const RECORD_POLL_MS = 1;
const SYNC_MS = 600_000;
/** Code that is compiled as it is used: so many volumes are made before. */
const WARM_UP = 20;
/** To write more than one GiB of zeroes shows nothing but the disk. */
const BLANKS = [
  ...[1, 10, 100].map((gib) => ({ way: 'reserve', gib })),
  ...[1, 10, 100].map((gib) => ({ way: 'thin', gib })),
  { way: 'zero', gib: 1 },
];

const KINDS = ['ext4', 'xfs', 'glusterfs'] as const;
type Kind = (typeof KINDS)[number];

const options = benchOptions('bench:files', KINDS, { rounds: 15, copies: 6, port: 17_453 });
for (const kind of options.kinds) {
  await bench(kind, BLANK_IMAGE_BYTES, async (site) => {
    console.log(`\n${kind}: milliseconds until it is on disk, or available`);
    heads('program', 'service', 'p95', 'more', 'ratio');
    for (let round = 0; round < WARM_UP; round += 1) {
      await site.settled();
      await volumeTime(site, { size: 1, volumeType: 'thin' });
    }
    for (const each of BLANKS) await benchBlank(site, each.way, each.gib);
  });
  await bench(kind, COPIES_IMAGE_BYTES, benchCopies);
}

interface Site {
  alice: VBSLustreClient;
  /** The volume directory. */
  folder: string;
  /** The front end's record. */
  record: Beside;
  /** Waits until nothing is at work any more for what was deleted. */
  settled(): Promise<void>;
}

type Work = (site: Site) => Promise<void>;

async function bench(kind: Kind, bytes: number, work: Work): Promise<void> {
  const { port } = options;
  const types = ['reserve', 'thin', 'zero'].map((blank) => [blank, { blank }]);
  const deployment = new Deployment({
    home: await mkdtemp(join(tmpdir(), 'vbs-bench-')),
    users: ['alice'],
    frontEndPort: port,
    volumeDelegates: [
      {
        ...{ name: 'volume-delegate', port: port + 1 },
        settings: { volumeTypes: Object.fromEntries(types) },
      },
    ],
    vmmDelegates: [],
    frontEndSettings: { reconcileSeconds: 1, warmCloneMarginGiB: 0 },
  });
  await deployment.prepare();
  const { volumes } = deployment.layout;
  let mounting: Promise<GlusterFileSystem | ImageFileSystem> | undefined;
  const start = async () => {
    mounting = mount(kind, volumes, bytes);
    const fileSystem = await mounting;
    await deployment.start();
    const record = openBeside(deployment.layout.database);
    const alice = await deployment.client('alice');
    await work({ alice, folder: volumes, record, settled: () => fileSystem.settled() });
    record.close();
  };
  await withEnd(start, async () => {
    await deployment.stop();
    const fileSystem = await mounting?.catch(() => undefined);
    await fileSystem?.unmount();
    await deployment.erase();
  });
}

function mount(kind: Kind, folder: string, bytes: number) {
  const isSparse = bytes === BLANK_IMAGE_BYTES;
  if (kind === 'glusterfs') return GlusterFileSystem.mount(folder, bytes, isSparse);
  return ImageFileSystem.mount(kind, folder, bytes, isSparse);
}

async function benchBlank(site: Site, way: string, gib: number) {
  const rounds = way === 'zero' ? options.copies : options.rounds;
  const [bare, whole]: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round += 1) {
    await site.settled();
    const program = await bareBlank(site.folder, way, gib);
    await site.settled();
    const service = await volumeTime(site, { size: gib, volumeType: way });
    // The first round is for what is done once, such as connections.
    if (round > 0) bare.push(program);
    if (round > 0) whole.push(service);
  }
  row(`empty, ${way}, ${gib} GiB`, median(bare), whole);
}

/** Of a file with a quarter of data: every tool, and the services, one after the other in each round. */
async function benchCopies(site: Site): Promise<void> {
  const { alice, folder } = site;
  const { volumeId } = await alice.CreateVolume({ size: COPIED_BYTES / GIB, volumeType: 'thin' });
  await available(site, volumeId);
  await fillAQuarter(join(folder, volumeId));
  const { snapshotId } = await alice.CreateSnapshot({ volumeId });
  await available(site, snapshotId);
  const times = new Map<string, number[]>();
  const add = (name: string, ms: number) => times.set(name, [...(times.get(name) ?? []), ms]);
  const steps = [
    ...Object.entries(BARE_COPIES).map(([name, { copy }]) => {
      const time = () => copy(join(folder, volumeId), join(folder, 'bare'));
      return { name, source: volumeId, time };
    }),
    { name: 'snapshot', source: volumeId, time: () => snapshotTime(site, volumeId) },
    { name: 'volume of it', source: snapshotId, time: () => volumeTime(site, { snapshotId }) },
  ];
  for (let round = 0; round < options.copies; round += 1) {
    // A disk that is shared gets slower as it is written to: each is the first one in some round, and comes before and after the others.
    const first = round % steps.length;
    const turn =
      round % 2 === 0
        ? [...steps.slice(first), ...steps.slice(0, first)]
        : [...steps.slice(0, first + 1).reverse(), ...steps.slice(first + 1).reverse()];
    for (const { name, source, time } of turn) {
      await site.settled();
      await readAll(join(folder, source));
      add(name, await time());
    }
    const readOnly = await volumeTime(site, { snapshotId, readOnly: true });
    add('read-only volume of it', readOnly);
  }
  await alice.EnableFastSnapshotRestores({ snapshotId, count: 1 });
  for (let round = 0; round < options.copies; round += 1) {
    await oneIsReady(alice);
    add('one that is kept ready', await volumeTime(site, { snapshotId }));
  }
  const bare = (tool: string) => median(times.get(tool) ?? []);
  const tools = Object.keys(BARE_COPIES);
  const told = tools.map((tool) => `${tool} ${bare(tool).toFixed(0)} ms`).join('; ');
  console.log(`\na copy of 4 GiB with 1 GiB of data: ${told}`);
  heads('best tool', 'service', 'p95', 'more', 'ratio', 'times dd');
  for (const [what, all] of times) {
    if (tools.includes(what)) continue;
    const kind = what === 'snapshot' ? 'snapshot' : 'volume';
    const peers = tools.filter((tool) => BARE_COPIES[tool]?.isFor.includes(kind));
    row(what, Math.min(...peers.map(bare)), all, bare('dd'));
  }
}

/** Until a volume of the snapshot is ready, and nothing is made any more. */
async function oneIsReady(alice: VBSLustreClient): Promise<void> {
  for (;;) {
    const { fastSnapshotRestoreSet } = await alice.DescribeFastSnapshotRestores({});
    if (fastSnapshotRestoreSet.item.every(({ state }) => state === 'enabled')) return;
    await delay(POLL_MS);
  }
}

/**
 * Milliseconds until a client has heard that its volume is available, which asks once, as soon as that is written down; then it is
 * deleted.
 */
async function volumeTime(site: Site, request: vbslustre.CreateVolume) {
  const { alice, folder } = site;
  let volumeId = '';
  const ms = await timed(async () => {
    ({ volumeId } = await alice.CreateVolume(request));
    await available(site, volumeId);
  });
  await alice.DeleteVolume({ volumeId });
  await erased(join(folder, volumeId));
  return ms;
}

/** The same of a snapshot. */
async function snapshotTime(site: Site, volumeId: string) {
  const { alice, folder } = site;
  let snapshotId = '';
  const ms = await timed(async () => {
    ({ snapshotId } = await alice.CreateSnapshot({ volumeId }));
    await available(site, snapshotId);
  });
  await alice.DeleteSnapshot({ snapshotId });
  await erased(join(folder, snapshotId));
  return ms;
}

/** Until a file is gone, also from the disk: else what is measured next waits for it. */
async function erased(path: string): Promise<void> {
  while (existsSync(path)) await delay(POLL_MS);
  await run('sync', [], { timeoutMs: SYNC_MS });
}

/** Waits beside the front end, then asks it. @throws {Error} if the file could not be made */
async function available({ alice, record }: Site, id: string): Promise<void> {
  const isSnapshot = id.startsWith('snap-');
  const look = record.prepare(
    `select status from ${isSnapshot ? 'snapshots' : 'volumes'} where id = ?`,
  );
  const started = performance.now();
  while (look.all(id)[0]?.status === 'pending') {
    // What takes long is not to wait for processors that count the milliseconds.
    await delay(Math.max(RECORD_POLL_MS, (performance.now() - started) / 100));
  }
  const { status, statusMessage } = isSnapshot
    ? await alice.DescribeSnapshot({ snapshotId: id })
    : await alice.DescribeVolume({ volumeId: id });
  if (status !== 'available') throw new Error(`${status}: ${statusMessage}`);
}

function heads(...names: string[]): void {
  console.log(`${''.padEnd(28)}${names.map((name) => name.padStart(10)).join('')}`);
}

/** @param dd how long that takes */
function row(what: string, bare: number, whole: readonly number[], dd?: number): void {
  const service = median(whole);
  const figures = [bare, service, quantile(whole, 0.95), service - bare].map((ms) => ms.toFixed(0));
  const ratios = [service / bare, ...(dd === undefined ? [] : [dd / service])];
  console.log(
    `${what.padEnd(28)}${[...figures, ...ratios.map((each) => each.toFixed(2))].map((each) => each.padStart(10)).join('')}`,
  );
}
