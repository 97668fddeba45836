import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabVm } from '@vbs-lustre/lab/qemu/labVm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  blocksOf,
  expectMoment,
  goesOn,
  stopWriting,
  writeAlways,
  written,
} from '../support/numberedBlocks.js';
import { Testbed, until, whenAvailable } from '../support/testbed.js';

const SIZE_MIB = 16;
/** More than can be copied while a test lasts. */
const LARGE_MIB = 1024;
let testbed: Testbed;
let vm: LabVm;

beforeAll(async () => {
  testbed = await Testbed.start({
    frontEndSettings: { reconcileSeconds: 1, delegateTimeoutSeconds: 30 },
    // So that the guest overwrites what is not copied yet, and a large volume is never copied to its end.
    vmmDelegates: [{ settings: { copyMiBPerSecond: 1 } }],
  });
  vm = await testbed.boot('vm1');
});

afterAll(() => testbed.stop());

const numbersOf = (id: string): number[] =>
  blocksOf(join(testbed.deployment.layout.volumes, id), SIZE_MIB * 2 ** 20);

const settledSnapshot = (snapshotId: string) =>
  until(`${snapshotId} has settled`, async () => {
    const snapshot = await testbed.alice.DescribeSnapshot({ snapshotId });
    return snapshot.status === 'pending' ? undefined : snapshot;
  });

/** Attaches a volume for writing. @returns the name of the disk in the guest */
async function attach(volumeId: string): Promise<string> {
  const place = { instanceId: vm.name, vmm: 'vmm1', device: 'xvdb', attachMode: 'w' } as const;
  await testbed.alice.AttachVolume({ volumeId, ...place });
  return (await vm.waitForDisk(volumeId.replace('-', ''))).name;
}

/** Begins a snapshot while the guest writes, and tells between which blocks its moment is. */
async function begin(volumeId: string) {
  const before = await written(vm);
  const request = { volumeId, checksum: true };
  const { snapshotId, consistency } = await testbed.alice.CreateSnapshot(request);
  const after = await written(vm);
  expect(consistency).toBe('crash-consistent');
  await goesOn(vm, after);
  return { snapshotId, before, after };
}

function sha256Of(snapshotId: string): string {
  const data = readFileSync(join(testbed.deployment.layout.volumes, snapshotId));
  return createHash('sha256').update(data).digest('hex');
}

async function checkMoment({ snapshotId, ...moment }: Awaited<ReturnType<typeof begin>>) {
  const snapshot = await settledSnapshot(snapshotId);
  expect(snapshot).toMatchObject({ status: 'available', consistency: 'crash-consistent' });
  expect(snapshot.sha256).toBe(sha256Of(snapshotId));
  expectMoment(numbersOf(snapshotId), moment);
}

async function checkFailed(snapshotId: string, reason: RegExp): Promise<void> {
  expect(await settledSnapshot(snapshotId)).toMatchObject({
    ...{ status: 'failure : cmd error', statusMessage: expect.stringMatching(reason) },
  });
  expect(parts()).toEqual([]);
  await testbed.alice.DeleteSnapshot({ snapshotId });
}

const parts = (): string[] =>
  readdirSync(testbed.deployment.layout.volumes).filter((name) => name.endsWith('.part'));

it('copies a volume that a machine writes as it was at one moment, while that goes on', async () => {
  const { alice } = testbed;
  const volumeId = await testbed.volume(SIZE_MIB);
  await writeAlways(vm, await attach(volumeId), SIZE_MIB * 2 ** 20);
  const first = await begin(volumeId);
  // Another moment, while the first one is still being copied.
  const second = await begin(volumeId);
  for (const each of [first, second]) await checkMoment(each);

  const { volumeId: copyId } = await alice.CreateVolume({ snapshotId: first.snapshotId });
  expect(await testbed.settled(copyId)).toMatchObject({
    ...{ status: 'available', snapshotConsistency: 'crash-consistent' },
  });
  expect(numbersOf(copyId)).toEqual(numbersOf(first.snapshotId));
  await stopWriting(vm);
  await alice.DetachVolume({ volumeId });
  for (const { snapshotId } of [first, second]) await alice.DeleteSnapshot({ snapshotId });
  for (const each of [volumeId, copyId]) await alice.DeleteVolume({ volumeId: each });
});

it('goes on while the services are killed and started again', async () => {
  const { alice, deployment } = testbed;
  const volumeId = await testbed.volume(SIZE_MIB);
  await writeAlways(vm, await attach(volumeId), SIZE_MIB * 2 ** 20);
  const begun = await begin(volumeId);
  for (const name of ['vmm1', 'volume-delegate', 'vbslustre']) {
    await deployment.service(name).kill();
    await deployment.restart(name);
  }
  await checkMoment(begun);
  await stopWriting(vm);
  await whenAvailable(() => alice.DetachVolume({ volumeId }));
  await alice.DeleteSnapshot({ snapshotId: begun.snapshotId });
  await alice.DeleteVolume({ volumeId });
});

it('lets a volume go that is being copied: the snapshot fails, and leaves nothing', async () => {
  const { alice } = testbed;
  const volumeId = await testbed.volume(LARGE_MIB);
  await attach(volumeId);
  const { snapshotId } = await alice.CreateSnapshot({ volumeId });
  await expect(alice.DeleteVolume({ volumeId })).rejects.toMatchObject({ code: 'VolumeInUse' });
  await alice.DetachVolume({ volumeId });
  await checkFailed(snapshotId, /Operation canceled/);
  await alice.DeleteVolume({ volumeId });
});

it('ends with the machine that writes', async () => {
  const { alice } = testbed;
  const volumeId = await testbed.volume(LARGE_MIB);
  await attach(volumeId);
  const { snapshotId } = await alice.CreateSnapshot({ volumeId });
  await vm.crash();
  await checkFailed(snapshotId, /vm1 ended/);
  await whenAvailable(() => alice.DetachVolume({ volumeId }));
  await alice.DeleteVolume({ volumeId });
  await testbed.deletionsEnd();
  expect(await testbed.files()).toEqual([]);
});
