import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { openBeside } from '@vbs-lustre/lab/deployment/openBeside';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Testbed, whenAvailable } from '../../support/testbed.js';
import { expectAlive, expectPeace, type Pids, pidsOf } from './peace.js';

/** Longer than the front end waits for a lock (5 s), and than a delegate is silent without being gone. */
const LOCKED_MS = 12_000;
/** More than come between two that wait for the lock, one after the other. */
const ENOUGH_LOOKS = 6;
let testbed: Testbed;
let pids: Pids;

beforeAll(async () => {
  testbed = await Testbed.start({ frontEndSettings: { reconcileSeconds: 1 } });
  pids = pidsOf(testbed);
});

afterAll(() => testbed?.stop());

it('tells that its database is locked, answers what only looks, and is right afterwards', async () => {
  const { alice, deployment } = testbed;
  const volumeId = await testbed.volume(1);
  const beside = openBeside(deployment.layout.database);
  beside.exec('BEGIN IMMEDIATE');
  const lockedUntil = Date.now() + LOCKED_MS;
  const creations = Array.from({ length: 4 }, () => alice.CreateVolume({ sizeMiB: 1 }));
  const outcomes = Promise.allSettled([...creations, alice.DeleteVolume({ volumeId })]);
  // A front end that stands still while it waits for the lock never answers so often before it refuses something.
  while ((await looksUntilRefusal(volumeId)) < ENOUGH_LOOKS || Date.now() < lockedUntil);
  await deployment.service('vbslustre').waitForLog('reconciling failed');
  for (const delegate of ['volume-delegate', 'vmm1']) {
    await deployment.service(delegate).waitForLog('no front end hears this delegate');
  }
  // Each has its answer while the lock is there: one that still waited would be served afterwards.
  const told = await outcomes;
  beside.exec('COMMIT');
  beside.close();
  for (const outcome of told) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'Unavailable' } });
  }
  expectAlive(testbed, pids);
  await worksAgain();
});

it('has said so once, and that it is over', async () => {
  const frontEnd = testbed.deployment.service('vbslustre');
  await frontEnd.waitForLog('reconciling works again');
  const log = readFileSync(frontEnd.options.logFile, 'utf8');
  expect(log.match(/"reconciling failed"/g)).toHaveLength(1);
  await testbed.deployment.service('volume-delegate').waitForLog('announced again');
  await testbed.deployment.service('vmm1').waitForLog('announced again');
});

/** How often it answers who only looks while a creation waits for the lock, until that is refused. */
async function looksUntilRefusal(volumeId: string): Promise<number> {
  const { alice } = testbed;
  let isRefused = false;
  const creation = alice.CreateVolume({ sizeMiB: 1 });
  const refusal = expect(creation)
    .rejects.toMatchObject({ code: 'Unavailable' })
    .finally(() => {
      isRefused = true;
    });
  let looks = 0;
  while (!isRefused) {
    expect(await alice.DescribeVolume({ volumeId })).toMatchObject({ status: 'available' });
    looks += 1;
    await delay(200);
  }
  await refusal;
  return looks;
}

async function worksAgain(): Promise<void> {
  const { alice } = testbed;
  await whenAvailable(() => testbed.volume(2));
  await expectPeace(testbed, pids);
  for (const { volumeId } of (await alice.DescribeVolumes({})).volumeSet.item) {
    await alice.DeleteVolume({ volumeId });
  }
  await expectPeace(testbed, pids);
  expect(await testbed.files()).toEqual([]);
}
