import { randomBytes } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { VBSLustreClient } from '@vbs-lustre/client';
import { parsePartName } from '@vbs-lustre/shared/partName';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Gate } from '../support/gate.js';
import { Testbed, until, whenAvailable } from '../support/testbed.js';

const MIB = 2 ** 20;
const SIZE_MIB = 32;
const DELEGATES = ['lustre1', 'lustre2', 'lustre3'];
/** As many as there are delegates wait at the gate: each with a range of its own. */
const SETTINGS = { blank: 'reserve', splitGiB: 4 / 1024, maxJobs: 1 };

let testbed: Testbed;
let alice: VBSLustreClient;
let gate: Gate;
let snapshotId: string;

/** Three Volume Delegates that share what is larger than 4 MiB, whose programs wait until the test opens the gate. */
beforeAll(async () => {
  testbed = await Testbed.prepare({
    volumeDelegates: DELEGATES.map((name) => ({ name, settings: SETTINGS })),
    frontEndSettings: { reconcileSeconds: 1, heartbeatSeconds: 3 },
  });
  gate = new Gate(testbed.deployment.layout.home);
  for (const each of testbed.deployment.options.volumeDelegates) {
    Object.assign(each, { env: gate.env });
  }
  await testbed.deployment.start();
  alice = testbed.alice;
  const volumeId = await testbed.volume(SIZE_MIB);
  const file = await open(pathOf(volumeId), 'r+');
  for (let at = 0; at < SIZE_MIB; at += 3) await file.write(randomBytes(MIB), 0, MIB, at * MIB);
  await file.close();
  ({ snapshotId } = await alice.CreateSnapshot({ volumeId }));
  await available(() => alice.DescribeSnapshot({ snapshotId }));
  expect((await readFile(pathOf(snapshotId))).equals(await readFile(pathOf(volumeId)))).toBe(true);
  await alice.DeleteVolume({ volumeId });
});

afterAll(() => testbed.stop());
afterEach(() => gate.open());

const pathOf = (name: string) => join(testbed.deployment.layout.volumes, name);

const available = (describe: () => Promise<{ status: string }>) =>
  until('it is available', async () => {
    const { status } = await describe();
    if (status !== 'pending') expect(status).toBe('available');
    return status === 'available' || undefined;
  });

const partsOf = async (id: string) =>
  (await testbed.files()).filter((name) => parsePartName(name)?.id === id);

/** A volume of the snapshot that all delegates are copying, which wait at the gate. */
async function copying(): Promise<string> {
  for (;;) {
    gate.close();
    const { volumeId } = await whenAvailable(() => alice.CreateVolume({ snapshotId }));
    const areAll = async () => gate.count(volumeId) === DELEGATES.length || undefined;
    if (await until('all are at work', areAll, 30_000).catch(() => false)) return volumeId;
    // One that was started anew, or that a front end that was has not heard yet, was not asked.
    await alice.DeleteVolume({ volumeId });
    await until('nobody is at work', async () => gate.count(volumeId) === 0 || undefined);
  }
}

/** As above, and who makes it. */
async function shared() {
  const volumeId = await copying();
  const part = (await partsOf(volumeId)).find((name) => !parsePartName(name)?.attempt) as string;
  const jobs = DELEGATES.map((name) => testbed.deployment.layout.state(name));
  const orderId = parsePartName(part)?.orderId;
  const owner = await Promise.all(
    jobs.map((state) => stat(join(state, 'jobs', `${orderId}.json`)).then(Boolean, () => false)),
  );
  const maker = DELEGATES[owner.indexOf(true)] as string;
  const helper = DELEGATES.find((name) => name !== maker) as string;
  return { volumeId, maker, helper };
}

/** What is there, but for what was set aside. */
const files = async () => (await testbed.files()).filter((name) => !name.startsWith('.aside'));

/** The volume has the snapshot's data, and nothing else is there. */
async function finished(volumeId: string): Promise<void> {
  await available(() => alice.DescribeVolume({ volumeId }));
  expect((await readFile(pathOf(volumeId))).equals(await readFile(pathOf(snapshotId)))).toBe(true);
  await until(
    'nothing else is left',
    async () =>
      JSON.stringify(await files()) === JSON.stringify([snapshotId, volumeId].sort()) || undefined,
  );
  await alice.DeleteVolume({ volumeId });
}

it('copies a large file with all delegates at once', async () => {
  const { volumeId } = await shared();
  gate.open();
  await finished(volumeId);
});

it('does without a delegate that is killed while it helps', async () => {
  const { volumeId, helper } = await shared();
  await testbed.deployment.service(helper).kill();
  await until('nobody is to help any more', async () => {
    const names = await partsOf(volumeId);
    return (names.length === 1 && !parsePartName(names[0] ?? '')?.attempt) || undefined;
  });
  gate.open();
  await finished(volumeId);
  await testbed.deployment.restart(helper);
});

it('notices a delegate that was killed and has begun a new life', async () => {
  const { volumeId, helper } = await shared();
  await testbed.deployment.service(helper).kill();
  await testbed.deployment.restart(helper);
  gate.open();
  await finished(volumeId);
});

it('begins anew when the delegate that makes it is killed', async () => {
  const { volumeId, maker } = await shared();
  await testbed.deployment.service(maker).kill();
  await testbed.deployment.restart(maker);
  gate.open();
  await finished(volumeId);
});

it('passes it on when that one does not come back', async () => {
  const { volumeId, maker } = await shared();
  await testbed.deployment.service(maker).kill();
  await until('another one makes it', async () => {
    const orders = new Set((await partsOf(volumeId)).map((name) => parsePartName(name)?.orderId));
    return orders.size > 1 || undefined;
  });
  gate.open();
  await available(() => alice.DescribeVolume({ volumeId }));
  await testbed.deployment.restart(maker);
  await finished(volumeId);
});

it('does not need the front end all the time', async () => {
  const { volumeId } = await shared();
  await testbed.deployment.service('vbslustre').kill();
  await testbed.deployment.restart('vbslustre');
  gate.open();
  await finished(volumeId);
});

it('ends with all who help when its volume is deleted', async () => {
  const { volumeId } = await shared();
  await alice.DeleteVolume({ volumeId });
  await until('nobody is at work', async () => gate.count(volumeId) === 0 || undefined);
  await until('nothing is left', async () => (await files()).length === 1 || undefined);
});
