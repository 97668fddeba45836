import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VBSLustreClient } from '@vbs-lustre/client';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Gate } from '../support/gate.js';
import { Testbed, until } from '../support/testbed.js';

const DELEGATES = ['lustre1', 'lustre2'];

let testbed: Testbed;
let alice: VBSLustreClient;
let gate: Gate;

/** Two Volume Delegates whose programs wait until the test opens the gate. */
beforeAll(async () => {
  testbed = await Testbed.prepare({
    volumeDelegates: DELEGATES.map((name) => ({ name, settings: { blank: 'zero' } })),
    frontEndSettings: { reconcileSeconds: 1, heartbeatSeconds: 3 },
  });
  gate = new Gate(testbed.deployment.layout.home);
  for (const each of testbed.deployment.options.volumeDelegates) {
    Object.assign(each, { env: gate.env });
  }
  await testbed.deployment.start();
  alice = testbed.alice;
});

afterAll(() => testbed.stop());

afterEach(() => gate.open());

/** A pending volume whose dd waits, its order, and the delegate that has it. */
async function pendingVolume() {
  gate.close();
  const { volumeId } = await alice.CreateVolume({ sizeMiB: 1 });
  await gate.arrived(volumeId);
  const part = (await testbed.files()).find((name) => name.includes(volumeId)) ?? '';
  const orderId = part.split('.')[3] as string;
  const maker = DELEGATES.find((name) => hasOrder(name, orderId)) as string;
  return { volumeId, orderId, maker };
}

function hasOrder(delegate: string, orderId: string): boolean {
  const file = join(testbed.deployment.layout.state(delegate), 'jobs', `${orderId}.json`);
  return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).state === 'pending';
}

async function isGone(volumeId: string): Promise<void> {
  await until('its record is gone', async () => {
    const { volumeSet } = await alice.DescribeVolumes({});
    return volumeSet.item.every((each) => each.volumeId !== volumeId) || undefined;
  });
}

const noFileIsLeft = () =>
  until('no file is left', async () => (await testbed.files()).length === 0 || undefined);

it('ends the making of a volume that is deleted; nothing is left', async () => {
  const { volumeId, orderId, maker } = await pendingVolume();
  expect(await alice.DeleteVolume({ volumeId })).toMatchObject({ return: true });
  await isGone(volumeId);
  expect(await testbed.files()).toEqual([]);
  expect(hasOrder(maker, orderId)).toBe(false);
  expect(gate.isThere(volumeId)).toBe(false);
});

it('ends the copying of a volume, which is free then', async () => {
  const volumeId = await testbed.volume(1);
  gate.close();
  const { snapshotId } = await alice.CreateSnapshot({ volumeId });
  await gate.arrived(snapshotId);
  const early = alice.DeleteVolume({ volumeId });
  await expect(early).rejects.toMatchObject({ code: 'VolumeInUse' });
  expect(await alice.DeleteSnapshot({ snapshotId })).toMatchObject({ return: true });
  await until('its record is gone', async () => {
    const { snapshotSet } = await alice.DescribeSnapshots({});
    return snapshotSet.item.length === 0 || undefined;
  });
  expect(await testbed.files()).toEqual([volumeId]);
  expect(await alice.DeleteVolume({ volumeId })).toMatchObject({ return: true });
  await noFileIsLeft();
});

it('deletes what a silent delegate makes when its lease is over, and that one gives it up', async () => {
  const { volumeId, orderId, maker } = await pendingVolume();
  const { pid } = testbed.deployment.service(maker);
  process.kill(pid, 'SIGSTOP');
  try {
    expect(await alice.DeleteVolume({ volumeId })).toMatchObject({ return: true });
    await isGone(volumeId);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  gate.open();
  await until('it is given up', async () => !hasOrder(maker, orderId) || undefined);
  await noFileIsLeft();
});

it('so it does what a killed one makes, which takes it up again and hears that it is gone', async () => {
  const { volumeId, orderId, maker } = await pendingVolume();
  await testbed.deployment.service(maker).kill();
  expect(await alice.DeleteVolume({ volumeId })).toMatchObject({ return: true });
  await isGone(volumeId);
  await testbed.deployment.restart(maker);
  await until('it is given up', async () => !hasOrder(maker, orderId) || undefined);
  await noFileIsLeft();
});
