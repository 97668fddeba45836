import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Testbed, until } from '../../support/testbed.js';
import { FailingDevice } from './failingDevice.js';
import { expectAlive, expectPeace, type Pids, pidsOf } from './peace.js';

const MIB = 1024 * 1024;
const FAILURE = 'failure : cmd error';
/** What programs say of a device that fails, and of ext4 when its journal has failed with it. */
const IO_ERROR = /Input\/output error|Read-only file system|Cannot allocate memory|^Unavailable$/;
let testbed: Testbed;
let pids: Pids;
let elsewhere: string;
let device: FailingDevice;

beforeAll(async () => {
  elsewhere = mkdtempSync(join(tmpdir(), 'vbs-device-'));
  testbed = await Testbed.prepare({
    frontEndSettings: { reconcileSeconds: 1 },
    // What only sets space aside does not meet the device.
    volumeDelegates: [{ settings: { reserveMiB: 0, blank: 'zero' } }],
  });
  device = FailingDevice.mount(testbed.deployment.layout.volumes, elsewhere, 96);
  await testbed.deployment.start();
  pids = pidsOf(testbed);
});

afterAll(async () => {
  await testbed?.deployment.stop();
  device?.remove();
  await testbed?.stop();
  rmSync(elsewhere, { recursive: true, force: true });
});

it('fails what needs a device that fails, and has everything again when it works', async () => {
  const { alice } = testbed;
  const volumeId = await testbed.volume(24);
  const file = join(device.path, volumeId);
  const bytes = Buffer.alloc(24 * MIB, 'what was written before');
  writeFileSync(file, bytes, { flush: true });

  device.fail();
  expect(() => readFileSync(file)).toThrow(/^EIO/);
  const failed = await Promise.all([
    outcome(async () => (await alice.CreateSnapshot({ volumeId })).snapshotId),
    outcome(async () => (await alice.CreateVolume({ sizeMiB: 24 })).volumeId),
  ]);
  for (const each of failed) expect(each).toMatch(IO_ERROR);
  expectAlive(testbed, pids);

  device.repair();
  await expectPeace(testbed, pids);
  expect(readFileSync(file).equals(bytes)).toBe(true);
  expect(await alice.DescribeVolume({ volumeId })).toMatchObject({ status: 'available' });
  const { snapshotId } = await alice.CreateSnapshot({ volumeId });
  await until('the copy is made', async () =>
    (await alice.DescribeSnapshot({ snapshotId })).status === 'available' ? true : undefined,
  );
  expect(readFileSync(join(device.path, snapshotId)).equals(bytes)).toBe(true);
  await removeAll();
});

it('never takes what cannot be read for zeroes', async () => {
  const { alice } = testbed;
  const volumeId = await testbed.volume(24);
  // Of zeroes, a copy has nothing on the device.
  writeFileSync(join(device.path, volumeId), Buffer.alloc(24 * MIB, 'data'), { flush: true });
  const { snapshotId } = await alice.CreateSnapshot({ volumeId, checksum: true });
  await until('the snapshot is made', async () =>
    (await alice.DescribeSnapshot({ snapshotId })).status === 'available' ? true : undefined,
  );

  device.fail();
  await alice.VerifySnapshot({ snapshotId });
  expect(await verified(snapshotId)).toMatchObject({
    verifyState: 'failed',
    verifyMessage: expect.stringMatching(/EIO|Input\/output error/),
  });

  device.repair();
  await expectPeace(testbed, pids);
  await alice.VerifySnapshot({ snapshotId });
  expect(await verified(snapshotId)).toMatchObject({ verifyState: 'intact' });
  await removeAll();
});

function verified(snapshotId: string) {
  return until(`${snapshotId} is verified`, async () => {
    const snapshot = await testbed.alice.DescribeSnapshot({ snapshotId });
    return snapshot.verifyState === 'verifying' ? undefined : snapshot;
  });
}

/** The code of the refusal, or what the owner of a failure is told in the end. */
async function outcome(make: () => Promise<string>): Promise<string> {
  let id: string;
  try {
    id = await make();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return until(`${id} has settled`, async () => {
    const all = [
      ...(await testbed.alice.DescribeVolumes({})).volumeSet.item.map((each) => ({
        ...each,
        id: each.volumeId,
      })),
      ...(await testbed.alice.DescribeSnapshots({})).snapshotSet.item.map((each) => ({
        ...each,
        id: each.snapshotId,
      })),
    ];
    const record = all.find((each) => each.id === id);
    if (record?.status === 'pending') return undefined;
    return record?.status === FAILURE ? (record.statusMessage ?? '') : `${record?.status}`;
  });
}

async function removeAll(): Promise<void> {
  const { alice } = testbed;
  for (const { snapshotId } of (await alice.DescribeSnapshots({})).snapshotSet.item) {
    await alice.DeleteSnapshot({ snapshotId });
  }
  for (const { volumeId } of (await alice.DescribeVolumes({})).volumeSet.item) {
    await alice.DeleteVolume({ volumeId });
  }
  await expectPeace(testbed, pids);
  expect(await testbed.files()).toEqual([]);
}
