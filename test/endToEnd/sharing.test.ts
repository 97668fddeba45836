import { createHash } from 'node:crypto';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { LabVm } from '@vbs-lustre/lab/qemu/labVm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Testbed, until } from '../support/testbed.js';

let testbed: Testbed;
let here: LabVm;
let there: LabVm;

/** Two Volume Delegates and two hosts; the second host sees the volume directory under another name. */
beforeAll(async () => {
  testbed = await Testbed.prepare({
    volumeDelegates: [{ name: 'volume-delegate-a' }, { name: 'volume-delegate-b' }],
    vmmDelegates: [{ name: 'vmm1' }, { name: 'vmm2' }],
    frontEndSettings: { reconcileSeconds: 1, delegateTimeoutSeconds: 30 },
  });
  const { layout, options } = testbed.deployment;
  const elsewhere = join(layout.home, 'mount-of-vmm2');
  symlinkSync(layout.volumes, elsewhere);
  Object.assign(options.vmmDelegates[1] as object, { settings: { volumeDirectory: elsewhere } });
  await testbed.deployment.start();
  [here, there] = await Promise.all([testbed.boot('vm1', 'vmm1'), testbed.boot('vm2', 'vmm2')]);
});

afterAll(() => testbed.stop());

const attachment = (volumeId: string, host: 1 | 2, attachMode: 'r' | 'w', device = 'xvdb') => ({
  volumeId,
  instanceId: `vm${host}`,
  vmm: `vmm${host}`,
  device,
  attachMode,
});

it('lets one write, then many read, on two hosts', async () => {
  const { alice } = testbed;
  const volumeId = await testbed.volume();
  const serial = volumeId.replace('-', '');
  const written = await alice.AttachVolume(attachment(volumeId, 1, 'w', '/dev/xvdb'));
  expect(written).toMatchObject({ volumeId, device: 'xvdb', attachMode: 'w', status: 'attached' });
  const disk = await here.waitForDisk(serial);
  expect(disk).toMatchObject({ sizeBytes: 16 * 1024 * 1024, readOnly: false });
  await here.run(`printf 'hello, volume' | dd of=/dev/${disk.name} conv=fsync`);

  for (const mode of ['r', 'w'] as const) {
    await expect(alice.AttachVolume(attachment(volumeId, 2, mode))).rejects.toMatchObject({
      code: 'VolumeInUse',
    });
  }
  await expect(alice.DeleteVolume({ volumeId })).rejects.toMatchObject({ code: 'VolumeInUse' });
  expect(await there.disks()).toEqual([]);

  await alice.DetachVolume({ volumeId });
  await here.waitForDiskGone(serial);
  for (const host of [1, 2] as const) await alice.AttachVolume(attachment(volumeId, host, 'r'));
  for (const vm of [here, there]) {
    const { name, readOnly } = await vm.waitForDisk(serial);
    expect(readOnly).toBe(true);
    const sum = await vm.run(`head -c 13 /dev/${name} | sha256sum`);
    expect(sum.output.split(' ')[0]).toBe(
      createHash('sha256').update('hello, volume').digest('hex'),
    );
    expect((await vm.run(`echo x | dd of=/dev/${name} conv=fsync`)).exitCode).not.toBe(0);
  }
  await expect(alice.AttachVolume(attachment(volumeId, 1, 'w', 'xvdc'))).rejects.toMatchObject({
    code: 'VolumeInUse',
  });
  await expect(alice.DetachVolume({ volumeId })).rejects.toMatchObject({
    code: 'MissingParameter',
  });
  const { attachmentSet, status } = await alice.DescribeVolume({ volumeId });
  expect(status).toBe('in-use');
  expect(attachmentSet.item.map(({ instanceId }) => instanceId)).toEqual(['vm1', 'vm2']);
  for (const instanceId of ['vm1', 'vm2']) await alice.DetachVolume({ volumeId, instanceId });
  await alice.DeleteVolume({ volumeId });
});

it('copies a volume that a machine writes by force alone, and says for ever that the copy is torn', async () => {
  const { alice } = testbed;
  const volumeId = await testbed.volume();
  await alice.AttachVolume(attachment(volumeId, 1, 'w'));
  const { name } = await here.waitForDisk(volumeId.replace('-', ''));
  await here.run(`printf 'written before' | dd of=/dev/${name} conv=fsync`);
  const { snapshotId } = await alice.CreateSnapshot({ volumeId, force: true });
  await alice.DetachVolume({ volumeId });
  const snapshot = await until('the snapshot is made', async () => {
    const each = await alice.DescribeSnapshot({ snapshotId });
    return each.status === 'pending' ? undefined : each;
  });
  expect(snapshot).toMatchObject({ status: 'available', consistency: 'torn' });
  const { volumeId: copyId } = await alice.CreateVolume({ snapshotId });
  expect(await testbed.settled(copyId)).toMatchObject({
    ...{ status: 'available', snapshotConsistency: 'torn' },
  });
  const copy = readFileSync(join(testbed.deployment.layout.volumes, copyId), 'latin1');
  expect(copy.slice(0, 14)).toBe('written before');
  await alice.DeleteSnapshot({ snapshotId });
  for (const each of [volumeId, copyId]) await alice.DeleteVolume({ volumeId: each });
});

it('refuses a device that is in use, and a second attachment to one machine', async () => {
  const { alice } = testbed;
  const [first, second] = [await testbed.volume(1), await testbed.volume(1)];
  await alice.AttachVolume(attachment(first, 1, 'r'));
  await expect(alice.AttachVolume(attachment(second, 1, 'w'))).rejects.toMatchObject({
    code: 'InvalidParameterValue',
  });
  await expect(alice.AttachVolume(attachment(first, 1, 'r', 'xvdc'))).rejects.toMatchObject({
    code: 'VolumeInUse',
  });
  await alice.DetachVolume({ volumeId: first, instanceId: 'vm1', device: 'xvdb', vmm: 'vmm1' });
  for (const volumeId of [first, second]) await alice.DeleteVolume({ volumeId });
});

it('lets only one of many writers in that come at once', async () => {
  const { alice } = testbed;
  const volumeId = await testbed.volume(1);
  const tries = ([1, 2, 1, 2, 1, 2] as const).map((host, turn) =>
    alice.AttachVolume(attachment(volumeId, host, 'w', `xvd${'bcdefg'[turn]}`)),
  );
  const won = (await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled');
  expect(won).toHaveLength(1);
  const { attachmentSet } = await alice.DescribeVolume({ volumeId });
  expect(attachmentSet.item).toHaveLength(1);
  const [winner, loser] =
    attachmentSet.item[0]?.instanceId === 'vm1' ? [here, there] : [there, here];
  await winner.waitForDisk(volumeId.replace('-', ''));
  expect(await loser.disks()).toEqual([]);
  await alice.DetachVolume({ volumeId });
  await alice.DeleteVolume({ volumeId });
});

it('goes on with the other Volume Delegate when one is killed', async () => {
  await testbed.deployment.service('volume-delegate-a').kill();
  const volumes = [await testbed.volume(1), await testbed.volume(1)];
  for (const volumeId of volumes) {
    expect(existsSync(join(testbed.deployment.layout.volumes, volumeId))).toBe(true);
  }
  await testbed.deployment.restart('volume-delegate-a');
  for (const volumeId of volumes) await testbed.alice.DeleteVolume({ volumeId });
  await testbed.deletionsEnd();
  expect(await testbed.files()).toEqual([]);
});

it('refuses a host whose VMM Delegate is down, and keeps the volume free', async () => {
  const volumeId = await testbed.volume(1);
  await testbed.deployment.service('vmm2').kill();
  await expect(testbed.alice.AttachVolume(attachment(volumeId, 2, 'w'))).rejects.toMatchObject({
    code: 'Unavailable',
  });
  await testbed.deployment.restart('vmm2');
  await testbed.alice.AttachVolume(attachment(volumeId, 2, 'w'));
  await testbed.alice.DetachVolume({ volumeId });
  await testbed.alice.DeleteVolume({ volumeId });
});

it('detaches from a machine that is gone', async () => {
  const vm3 = await testbed.boot('vm3', 'vmm1');
  const volumeId = await testbed.volume(1);
  await testbed.alice.AttachVolume({ ...attachment(volumeId, 1, 'w'), instanceId: 'vm3' });
  await vm3.stop();
  await testbed.alice.DetachVolume({ volumeId });
  const free = await until('the volume is free', async () => {
    const volume = await testbed.alice.DescribeVolume({ volumeId });
    return volume.status === 'available' ? volume : undefined;
  });
  expect(free.attachmentSet.item).toEqual([]);
  await testbed.alice.DeleteVolume({ volumeId });
});
