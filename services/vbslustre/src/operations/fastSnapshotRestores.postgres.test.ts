import { ServiceFault } from '@vbs-lustre/shared/faults';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FrontEnd } from '../frontEnd.js';
import { openDatabase } from '../metadata/database.js';
import { WARM, warmClones } from '../metadata/warmClones.js';
import { reconcileWarmClones } from '../reconcile/warmClones.js';
import { checkBooks } from '../testing/books.js';
import { ALICE, log, openSite, type Site } from '../testing/site.js';
import { dropWarmClone } from '../warmClones.js';
import { createVolume } from './createVolume.js';
import { disableFastSnapshotRestores } from './disableFastSnapshotRestores.js';
import { enableFastSnapshotRestores } from './enableFastSnapshotRestores.js';

const COUNT = 4;
const RACERS = 8;

let site: Site;
/** Two instances of the front end. */
let instances: readonly [FrontEnd, FrontEnd];
let snapshotId: string;

beforeEach(async () => {
  site = await openSite();
  instances = [site.frontEnd, { ...site.frontEnd, database: await openDatabase(site.where) }];
  snapshotId = await site.snapshot(await site.volume());
});
afterEach(async () => {
  await instances[1].database.destroy();
  await site.close();
});

const caller = { userId: ALICE, requestId: 'req-1', log };
const instance = (at: number) => instances[at % 2] as FrontEnd;
const warm = () => site.database('volumes').where({ owner: WARM });
const create = (at: number) => createVolume(instance(at))({ snapshotId }, caller);

async function fill(count: number): Promise<void> {
  await site.call(enableFastSnapshotRestores, { snapshotId, count });
  for (let made = 0; made < count; made += 1) {
    await Promise.all(instances.map((each) => reconcileWarmClones(each, log)));
    for (const { id } of await warm().where({ status: 'pending' }))
      await site.tell(id, 'available');
  }
}

test('several that keep them ready at once make each once', async () => {
  await site.call(enableFastSnapshotRestores, { snapshotId, count: COUNT });
  const rounds = Array.from({ length: RACERS }, (_, at) => reconcileWarmClones(instance(at), log));
  await Promise.all(rounds);
  expect(await warm()).toHaveLength(1);
  await fill(COUNT);
  expect(await warm()).toHaveLength(COUNT);
});

test('of many that want one each gets its own', async () => {
  await fill(COUNT);
  const made = await Promise.all(Array.from({ length: RACERS }, (_, at) => create(at)));
  expect(new Set(made.map(({ volumeId }) => volumeId)).size).toBe(RACERS);
  expect(made.filter(({ status }) => status === 'available')).toHaveLength(COUNT);
  await checkBooks(site.database);
});

test('one that is given up is nobody else’s, and one that is taken is not deleted', async () => {
  await fill(COUNT);
  const clones = await warmClones(site.database);
  // One surely comes first.
  const first = await create(0);
  const [more, dropped] = await Promise.all([
    Promise.all(clones.map((_, at) => create(at))),
    Promise.all(clones.map((clone, at) => dropWarmClone(instance(at), clone))),
  ]);
  const made = [first, ...more];
  for (const [at, { id }] of clones.entries()) {
    const isTaken = made.some(({ volumeId }) => volumeId === id);
    expect(dropped[at]).toBe(!isTaken);
    expect(await site.status(id)).toBe(isTaken ? 'available' : 'deleting');
  }
});

test('enabling, disabling, making and taking at once: nobody waits for ever, and the books are right', async () => {
  const works = [
    () => site.call(enableFastSnapshotRestores, { snapshotId, count: 2 }),
    () => disableFastSnapshotRestores(instance(1))({ snapshotId }, caller),
    () => reconcileWarmClones(instance(0), log),
    () => reconcileWarmClones(instance(1), log),
    () => create(0),
    () => create(1),
  ];
  for (let turn = 0; turn < 5; turn += 1) {
    const racers = Array.from({ length: 18 }, (_, at) => works[(at * (turn + 1)) % works.length]);
    await Promise.all(
      racers.map((work) =>
        work?.().catch((error) => {
          if (!(error instanceof ServiceFault)) throw error;
        }),
      ),
    );
    await checkBooks(site.database);
    for (const { id } of await site.database('volumes').where({ status: 'pending' })) {
      await site.tell(id, 'available');
    }
  }
});
