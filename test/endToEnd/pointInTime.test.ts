import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { LabVm } from '@vbs-lustre/lab/qemu/labVm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Testbed, until, whenAvailable } from '../support/testbed.js';

/** Block `n` is written to slot `n % SLOTS`: what the disk is at one moment has the last SLOTS of them, and no gap. */
const SLOTS = 64;
const SIZE_MIB = 16;
/** More than can be copied while a test lasts. */
const LARGE_MIB = 1024;
const SLOT_BYTES = (SIZE_MIB / SLOTS) * 2 ** 20;
const BLOCK_BYTES = 512;
const checksum = (n: number): number => (n * 7919) % 1_000_003;

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

/** Has the guest write blocks, each put on disk before the next, until it is told to stop. */
async function writeAlways(disk: string): Promise<void> {
  await vm.run(`rm -f /tmp/stop; echo 0 >/tmp/count
    (n=0
    while [ ! -e /tmp/stop ]; do
      echo "block $n $((n * 7919 % 1000003))" |
        dd of=/dev/${disk} bs=${BLOCK_BYTES} seek=$((n % ${SLOTS} * ${SLOT_BYTES / BLOCK_BYTES})) conv=notrunc,sync,fsync
      n=$((n + 1))
      echo $n >/tmp/count.new
      mv /tmp/count.new /tmp/count
    done) >/dev/null 2>&1 &`);
  await until('every slot is written', async () => ((await written()) >= SLOTS ? true : undefined));
}

/** How many blocks the guest surely has written. */
async function written(): Promise<number> {
  return Number((await vm.run('cat /tmp/count')).output);
}

/** The numbers in a file's slots, each checked. */
function blocksOf(id: string): number[] {
  const file = openSync(join(testbed.deployment.layout.volumes, id), 'r');
  try {
    return Array.from({ length: SLOTS }, (_, slot) => {
      const block = Buffer.alloc(BLOCK_BYTES);
      readSync(file, block, 0, BLOCK_BYTES, slot * SLOT_BYTES);
      const [, n, sum] = /^block (\d+) (\d+)\n\0*$/.exec(block.toString('latin1')) ?? [];
      expect({ n, sum }).toEqual({ n: expect.any(String), sum: String(checksum(Number(n))) });
      expect(Number(n) % SLOTS).toBe(slot);
      return Number(n);
    });
  } finally {
    closeSync(file);
  }
}

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
  const before = await written();
  const { snapshotId, consistency } = await testbed.alice.CreateSnapshot({ volumeId });
  const after = await written();
  expect(consistency).toBe('crash-consistent');
  await until('the guest goes on', async () => ((await written()) > after ? true : undefined));
  return { snapshotId, before, after };
}

/** Every block that the guest had been told is on disk is there, and nothing of a later moment. */
async function checkMoment({ snapshotId, before, after }: Awaited<ReturnType<typeof begin>>) {
  expect(await settledSnapshot(snapshotId)).toMatchObject({
    ...{ status: 'available', consistency: 'crash-consistent' },
  });
  const numbers = blocksOf(snapshotId);
  const last = Math.max(...numbers);
  expect(last).toBeGreaterThanOrEqual(before - 1);
  expect(last).toBeLessThanOrEqual(after);
  expect(numbers.toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: SLOTS }, (_, index) => last - SLOTS + 1 + index),
  );
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
  await writeAlways(await attach(volumeId));
  const first = await begin(volumeId);
  // Another moment, while the first one is still being copied.
  const second = await begin(volumeId);
  for (const each of [first, second]) await checkMoment(each);

  const { volumeId: copyId } = await alice.CreateVolume({ snapshotId: first.snapshotId });
  expect(await testbed.settled(copyId)).toMatchObject({
    ...{ status: 'available', snapshotConsistency: 'crash-consistent' },
  });
  expect(blocksOf(copyId)).toEqual(blocksOf(first.snapshotId));
  await vm.run('touch /tmp/stop');
  await alice.DetachVolume({ volumeId });
  for (const { snapshotId } of [first, second]) await alice.DeleteSnapshot({ snapshotId });
  for (const each of [volumeId, copyId]) await alice.DeleteVolume({ volumeId: each });
});

it('goes on while the services are killed and started again', async () => {
  const { alice, deployment } = testbed;
  const volumeId = await testbed.volume(SIZE_MIB);
  await writeAlways(await attach(volumeId));
  const begun = await begin(volumeId);
  for (const name of ['vmm1', 'volume-delegate', 'vbslustre']) {
    await deployment.service(name).kill();
    await deployment.restart(name);
  }
  await checkMoment(begun);
  await vm.run('touch /tmp/stop');
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
  expect(await testbed.files()).toEqual([]);
});
