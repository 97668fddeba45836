import { execFileSync } from 'node:child_process';
import {
  closeSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { LabVm } from '@vbs-lustre/lab/qemu/labVm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unmount } from '../support/asRoot.js';
import { pidOf, stopProcess } from '../support/programs.js';
import { Testbed, until } from '../support/testbed.js';

const MIB = 2 ** 20;
const DATA = Buffer.alloc(16 * MIB, 'data of its owner');

let testbed: Testbed;

const pathOf = (name: string) => join(testbed.deployment.layout.volumes, name);
const sizeOf = (name: string) => statSync(pathOf(name)).size;

/** A volume that is full of data. */
async function fullVolume(): Promise<string> {
  const volumeId = await testbed.volume(16);
  writeFileSync(pathOf(volumeId), DATA);
  return volumeId;
}

/** Extends a volume whose dd is stopped meanwhile; on a busy machine it may have ended before it is found. */
async function stopExtending(volumeId: string): Promise<{ pid: number; sizeMiB: number }> {
  for (let sizeMiB = 1024; ; sizeMiB += 1024) {
    await testbed.alice.ModifyVolume({ volumeId, sizeMiB });
    const pid = await until('dd runs, or has ended', async () => {
      const { modificationState } = await testbed.alice.DescribeVolume({ volumeId });
      return pidOf('dd', volumeId) ?? (modificationState === 'modifying' ? undefined : 'ended');
    });
    if (pid !== 'ended' && (await stopProcess(pid))) return { pid, sizeMiB };
    await testbed.settled(volumeId);
  }
}

function expectExtended(volumeId: string, sizeMiB: number): void {
  const { size, blocks } = statSync(pathOf(volumeId));
  expect(size).toBe(sizeMiB * MIB);
  expect(blocks * 512).toBeGreaterThanOrEqual(size);
  expect(begins(volumeId, DATA)).toBe(true);
  const zeroes = Buffer.alloc(DATA.length);
  for (let at = DATA.length; at < size; at += zeroes.length) {
    expect(begins(volumeId, zeroes.subarray(0, size - at), at), `at ${at}`).toBe(true);
  }
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** Whether a file goes on so from there: Node reads none as a whole that is larger than 2 GiB. */
function begins(name: string, expected: Buffer, at = 0): boolean {
  const bytes = Buffer.alloc(expected.length);
  const file = openSync(pathOf(name), 'r');
  try {
    readSync(file, bytes, 0, bytes.length, at);
  } finally {
    closeSync(file);
  }
  return bytes.equals(expected);
}

describe('a volume that nobody has', () => {
  beforeAll(async () => {
    testbed = await Testbed.start({ frontEndSettings: { reconcileSeconds: 1 } });
  });
  afterAll(() => testbed.stop());

  it('is extended, keeps its data, and its snapshots keep their size', async () => {
    const { alice } = testbed;
    const volumeId = await fullVolume();
    const { snapshotId } = await alice.CreateSnapshot({ volumeId });
    await until('the snapshot is there', async () => {
      const { status } = await alice.DescribeSnapshot({ snapshotId });
      return status === 'available' ? true : undefined;
    });
    const modified = await alice.ModifyVolume({ volumeId, sizeMiB: 40 });
    expect(modified).toMatchObject({ targetSize: 1, targetSizeBytes: 40 * MIB });
    expect(await testbed.settled(volumeId)).toMatchObject({
      ...{ status: 'available', modificationState: 'completed', sizeBytes: 40 * MIB },
    });
    expectExtended(volumeId, 40);
    expect(await alice.DescribeSnapshot({ snapshotId })).toMatchObject({ sizeBytes: 16 * MIB });
    const { volumeId: copy } = await alice.CreateVolume({ snapshotId, sizeMiB: 20 });
    await testbed.settled(copy);
    await alice.ModifyVolume({ volumeId: copy, sizeMiB: 24 });
    await testbed.settled(copy);
    expect(sizeOf(copy)).toBe(24 * MIB);
    expect(await testbed.files()).toEqual([copy, snapshotId, volumeId].sort());
    for (const id of [volumeId, copy]) await alice.DeleteVolume({ volumeId: id });
    await alice.DeleteSnapshot({ snapshotId });
    await testbed.deletionsEnd();
    expect(await testbed.files()).toEqual([]);
  });

  it('keeps its size, and says why, if dd is killed', async () => {
    const volumeId = await fullVolume();
    const { pid } = await stopExtending(volumeId);
    const { sizeBytes } = await testbed.alice.DescribeVolume({ volumeId });
    process.kill(pid, 'SIGKILL');
    expect(await testbed.settled(volumeId)).toMatchObject({
      ...{ status: 'available', sizeBytes, modificationState: 'failed' },
      modificationMessage: 'dd: killed by SIGKILL',
    });
    expectExtended(volumeId, sizeBytes / MIB);
    const { eventSet } = await testbed.alice.DescribeEvents({ resourceId: volumeId });
    expect(eventSet.item).toMatchObject([{ action: 'extension-failed' }]);
    expect(await testbed.files()).toEqual([volumeId]);
    await testbed.alice.DeleteVolume({ volumeId });
    await testbed.deletionsEnd();
  });

  it('gets its size all the same after a kill -9 of the Volume Delegate', async () => {
    const volumeId = await fullVolume();
    const { sizeMiB } = await stopExtending(volumeId);
    await testbed.deployment.service('volume-delegate').kill();
    await until('dd has died with it', async () => (pidOf('dd', volumeId) ? undefined : true));
    const wait = testbed.alice.DeleteVolume({ volumeId });
    await expect(wait).rejects.toMatchObject({ code: 'IncorrectState' });
    await testbed.deployment.restart('volume-delegate');
    expect(await testbed.settled(volumeId)).toMatchObject({ modificationState: 'completed' });
    expectExtended(volumeId, sizeMiB);
    expect(await testbed.files()).toEqual([volumeId]);
    await testbed.alice.DeleteVolume({ volumeId });
  });
});

describe('a volume directory of 100 MiB', () => {
  beforeAll(async () => {
    testbed = await Testbed.prepare();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=100m', 'tmpfs', pathOf('')]);
    const [delegate] = testbed.deployment.options.volumeDelegates;
    Object.assign(delegate as object, { settings: { reserveMiB: 0 } });
    await testbed.deployment.start();
  });
  afterAll(async () => {
    await testbed.deployment.stop();
    unmount(pathOf(''));
    await testbed.stop();
  });

  it('refuses what does not fit before it is begun', async () => {
    const volumeId = await fullVolume();
    const tooMuch = testbed.alice.ModifyVolume({ volumeId, sizeMiB: 101 });
    await expect(tooMuch).rejects.toMatchObject({ code: 'InsufficientVolumeCapacity' });
    const volume = await testbed.alice.DescribeVolume({ volumeId });
    expect(volume).toMatchObject({ status: 'available', sizeBytes: 16 * MIB });
    expect(volume.modificationState).toBeUndefined();
    expect(await testbed.files()).toEqual([volumeId]);
    expect(readFileSync(pathOf(volumeId)).equals(DATA)).toBe(true);
    await testbed.alice.ModifyVolume({ volumeId, sizeMiB: 90 });
    await testbed.settled(volumeId);
    expectExtended(volumeId, 90);
    await testbed.alice.DeleteVolume({ volumeId });
  });
});

describe('a volume that a machine has', () => {
  let vm: LabVm;

  beforeAll(async () => {
    testbed = await Testbed.start({ frontEndSettings: { reconcileSeconds: 1 } });
    vm = await testbed.boot('vm1');
  });
  afterAll(() => testbed.stop());

  const place = { instanceId: 'vm1', vmm: 'vmm1', device: 'xvdb' };
  const sizeIn = async (serial: string) => (await vm.waitForDisk(serial)).sizeBytes;

  /** When the guest itself says so. */
  const seen = (serial: string, sizeMiB: number) =>
    until(`vm1 sees ${sizeMiB} MiB`, async () =>
      (await sizeIn(serial)) === sizeMiB * MIB ? true : undefined,
    );

  it('is extended while it is used, and the guest sees that and can use all of it', async () => {
    const { alice } = testbed;
    const volumeId = await fullVolume();
    const serial = volumeId.replace('-', '');
    await alice.AttachVolume({ volumeId, ...place, attachMode: 'w' });
    const { name } = await vm.waitForDisk(serial);
    expect(await sizeIn(serial)).toBe(16 * MIB);
    const begun = await alice.ModifyVolume({ volumeId, sizeMiB: 40 });
    expect(begun.status).toBe('in-use');
    expect(await testbed.settled(volumeId)).toMatchObject({
      ...{ status: 'in-use', modificationState: 'completed', sizeBytes: 40 * MIB },
    });
    await seen(serial, 40);
    const zeroes = await vm.run(`dd if=/dev/${name} bs=1M skip=16 | tr -d '\\000' | wc -c`);
    expect(zeroes.output).toMatch(/^0$/m);
    const end = await vm.run(
      `printf end | dd of=/dev/${name} bs=1 seek=${40 * MIB - 3} conv=fsync`,
    );
    expect(end.exitCode).toBe(0);
    const bytes = readFileSync(pathOf(volumeId));
    expect(bytes.subarray(0, DATA.length).equals(DATA)).toBe(true);
    expect(bytes.subarray(-3).toString()).toBe('end');
    await alice.DetachVolume({ volumeId });
    await vm.waitForDiskGone(serial);
    await alice.DeleteVolume({ volumeId });
  });

  it('is extended also if nobody could tell the machine for a while', async () => {
    const { alice, deployment } = testbed;
    const volumeId = await fullVolume();
    const serial = volumeId.replace('-', '');
    await alice.AttachVolume({ volumeId, ...place, attachMode: 'w' });
    await vm.waitForDisk(serial);
    const { pid, sizeMiB } = await stopExtending(volumeId);
    await deployment.service('vmm1').kill();
    process.kill(pid, 'SIGCONT');
    const waiting = await until('it waits for the host', async () => {
      const volume = await alice.DescribeVolume({ volumeId });
      return volume.modificationMessage === undefined ? undefined : volume;
    });
    expect(waiting).toMatchObject({ modificationState: 'modifying', status: 'in-use' });
    expect(waiting.sizeBytes).toBeLessThan(sizeMiB * MIB);
    await deployment.restart('vmm1');
    expect(await testbed.settled(volumeId)).toMatchObject({
      ...{ modificationState: 'completed', sizeBytes: sizeMiB * MIB },
    });
    await seen(serial, sizeMiB);
    await alice.DetachVolume({ volumeId });
    await vm.waitForDiskGone(serial);
    await alice.DeleteVolume({ volumeId });
  });

  it('is not extended while machines share it', async () => {
    const { alice } = testbed;
    const volumeId = await fullVolume();
    await alice.AttachVolume({ volumeId, ...place, attachMode: 'r' });
    await expect(alice.ModifyVolume({ volumeId, sizeMiB: 40 })).rejects.toMatchObject({
      ...{ code: 'IncorrectState', message: expect.stringMatching(/read-only.*detach it first/) },
    });
    await alice.DetachVolume({ volumeId });
    await alice.DeleteVolume({ volumeId });
  });
});

describe('of two Volume Delegates', () => {
  beforeAll(async () => {
    testbed = await Testbed.start({
      volumeDelegates: [{ name: 'volume-delegate-a' }, { name: 'volume-delegate-b' }],
      frontEndSettings: { reconcileSeconds: 1 },
    });
  });
  afterAll(() => testbed.stop());

  it('one takes over from the other, which does no harm when it comes back', async () => {
    const volumeId = await fullVolume();
    const { pid, sizeMiB } = await stopExtending(volumeId);
    // A small process of its own starts its programs.
    const delegate = parentOf(parentOf(pid));
    process.kill(delegate, 'SIGSTOP');
    const volume = await testbed.settled(volumeId);
    expect(volume).toMatchObject({ modificationState: 'completed', sizeBytes: sizeMiB * MIB });
    const file = openSync(pathOf(volumeId), 'r+');
    writeSync(file, DATA, 0, DATA.length, DATA.length);
    closeSync(file);
    process.kill(pid, 'SIGCONT');
    process.kill(delegate, 'SIGCONT');
    await until('dd is over', async () => (pidOf('dd', volumeId) ? undefined : true));
    expect(sizeOf(volumeId)).toBe(sizeMiB * MIB);
    expect(begins(volumeId, Buffer.concat([DATA, DATA]))).toBe(true);
    expect(await testbed.files()).toEqual([volumeId]);
    await testbed.alice.DeleteVolume({ volumeId });
  });
});
