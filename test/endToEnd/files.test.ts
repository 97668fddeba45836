import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unmount } from '../support/asRoot.js';
import { Gate } from '../support/gate.js';
import { pidOf } from '../support/programs.js';
import { Testbed, until } from '../support/testbed.js';

const FAILURE = 'failure : cmd error';

describe('a volume directory of 100 MiB', () => {
  let testbed: Testbed;
  let gate: Gate;

  beforeAll(async () => {
    testbed = await Testbed.prepare();
    const { volumes, home } = testbed.deployment.layout;
    gate = new Gate(home);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=100m', 'tmpfs', volumes]);
    const { volumeDelegates } = testbed.deployment.options;
    Object.assign(volumeDelegates[0] as object, {
      settings: { reserveMiB: 0, blank: 'zero' },
      env: gate.env,
    });
    await testbed.deployment.start();
  });

  afterAll(async () => {
    await testbed.deployment.stop();
    unmount(testbed.deployment.layout.volumes);
    await testbed.stop();
  });

  it('refuses 1 GiB at once and keeps nothing', async () => {
    await expect(testbed.alice.CreateVolume({ size: 1 })).rejects.toMatchObject({
      code: 'InsufficientVolumeCapacity',
    });
    expect((await testbed.alice.DescribeVolumes({})).volumeSet.item).toEqual([]);
    expect(await testbed.files()).toEqual([]);
  });

  it('counts what is promised and not yet written', async () => {
    gate.close();
    const { volumeId } = await testbed.alice.CreateVolume({ sizeMiB: 60 });
    await expect(testbed.alice.CreateVolume({ sizeMiB: 60 })).rejects.toMatchObject({
      code: 'InsufficientVolumeCapacity',
    });
    gate.open();
    expect(await testbed.settled(volumeId)).toMatchObject({ status: 'available' });
    await testbed.alice.DeleteVolume({ volumeId });
    await testbed.deletionsEnd();
    expect(await testbed.files()).toEqual([]);
  });

  it('tells the owner when it fills up while dd runs, and leaves no part', async () => {
    gate.close();
    const { volumeId } = await testbed.alice.CreateVolume({ sizeMiB: 80 });
    await gate.arrived(volumeId);
    const hog = join(testbed.deployment.layout.volumes, 'hog');
    execFileSync('fallocate', ['--length', '50MiB', hog]);
    gate.open();
    const volume = await testbed.settled(volumeId);
    expect(volume.status).toBe(FAILURE);
    expect(volume.statusMessage).toBe(`dd: error writing '${volumeId}': No space left on device`);
    expect(await testbed.files()).toEqual(['hog']);
    await testbed.alice.DeleteVolume({ volumeId });
    await testbed.deletionsEnd();
    await expect(testbed.alice.DescribeVolume({ volumeId })).rejects.toMatchObject({
      code: 'InvalidVolume.NotFound',
    });
  });
});

describe('a roomy volume directory', () => {
  let testbed: Testbed;

  beforeAll(async () => {
    testbed = await Testbed.start({ volumeDelegates: [{ settings: { blank: 'zero' } }] });
  });

  afterAll(() => testbed.stop());

  it('fails a volume whose dd is killed, leaves no file, and lets it be deleted', async () => {
    const { volumeId, pid } = await testbed.volumeWithStoppedDd();
    process.kill(pid, 'SIGKILL');
    const volume = await testbed.settled(volumeId);
    expect(volume).toMatchObject({ status: FAILURE, statusMessage: 'dd: killed by SIGKILL' });
    expect(await testbed.files()).toEqual([]);
    await testbed.alice.DeleteVolume({ volumeId });
    await testbed.deletionsEnd();
    expect((await testbed.alice.DescribeVolumes({})).volumeSet.item).toEqual([]);
  });

  it('makes a file of exactly the size, and removes it with the volume', async () => {
    const volumeId = await testbed.volume(17);
    const file = join(testbed.deployment.layout.volumes, volumeId);
    expect(readFileSync(file).equals(Buffer.alloc(17 * 1024 * 1024))).toBe(true);
    await testbed.alice.DeleteVolume({ volumeId });
    await testbed.deletionsEnd();
    expect(await testbed.files()).toEqual([]);
  });

  it('gives a read-only volume the file of its snapshot, which lasts until both are deleted', async () => {
    const { alice, deployment } = testbed;
    const volumeId = await testbed.volume(4);
    const { snapshotId } = await alice.CreateSnapshot({ volumeId });
    await until('the snapshot is there', async () =>
      (await alice.DescribeSnapshot({ snapshotId })).status === 'available' ? true : undefined,
    );
    const made = await alice.CreateVolume({ snapshotId, readOnly: true });
    const shared = await testbed.settled(made.volumeId);
    expect(shared).toMatchObject({ status: 'available', readOnly: true, creationMethod: 'link' });
    const inodeOf = (id: string) => statSync(join(deployment.layout.volumes, id)).ino;
    expect(inodeOf(shared.volumeId)).toBe(inodeOf(snapshotId));
    const place = { instanceId: 'vm1', vmm: 'vmm1', device: 'xvdb', attachMode: 'w' as const };
    const attaching = alice.AttachVolume({ volumeId: shared.volumeId, ...place });
    await expect(attaching).rejects.toMatchObject({ code: 'IncorrectState' });
    await alice.DeleteSnapshot({ snapshotId });
    await alice.DeleteVolume({ volumeId });
    await testbed.deletionsEnd();
    expect(await testbed.files()).toEqual([shared.volumeId]);
    expect(readFileSync(join(deployment.layout.volumes, shared.volumeId))).toHaveLength(
      4 * 2 ** 20,
    );
    await alice.DeleteVolume({ volumeId: shared.volumeId });
    await testbed.deletionsEnd();
    expect(await testbed.files()).toEqual([]);
  });

  it('makes once what is asked for twice with one client token', async () => {
    const request = { sizeMiB: 1, clientToken: 'once' };
    const [first, second] = await Promise.all([
      testbed.alice.CreateVolume(request),
      testbed.alice.CreateVolume(request),
    ]);
    expect(second.volumeId).toBe(first.volumeId);
    await testbed.settled(first.volumeId);
    expect(await testbed.files()).toEqual([first.volumeId]);
    await expect(testbed.alice.CreateVolume({ ...request, sizeMiB: 2 })).rejects.toMatchObject({
      code: 'IdempotentParameterMismatch',
    });
    await testbed.alice.DeleteVolume({ volumeId: first.volumeId });
    await testbed.deletionsEnd();
  });

  it('goes on with what it had promised after a kill -9 of the Volume Delegate', async () => {
    const { volumeId } = await testbed.volumeWithStoppedDd();
    await testbed.deployment.service('volume-delegate').kill();
    await until('dd has died with it', async () => (pidOf('dd', volumeId) ? undefined : true));
    await testbed.deployment.restart('volume-delegate');
    expect(await testbed.settled(volumeId)).toMatchObject({ status: 'available' });
    expect(await testbed.files()).toEqual([volumeId]);
    await testbed.alice.DeleteVolume({ volumeId });
  });

  it('hears an outcome that came while the front end was away', async () => {
    const { volumeId } = await testbed.alice.CreateVolume({ sizeMiB: 512 });
    await testbed.deployment.service('vbslustre').kill();
    await until('the file is there', async () =>
      (await testbed.files()).includes(volumeId) ? true : undefined,
    );
    await testbed.deployment.restart('vbslustre');
    expect(await testbed.settled(volumeId)).toMatchObject({ status: 'available' });
    await testbed.alice.DeleteVolume({ volumeId });
    await testbed.deletionsEnd();
    expect(await testbed.files()).toEqual([]);
  });
});
