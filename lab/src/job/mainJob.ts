import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { VBSLustreClient } from '@vbs-lustre/client';
import type { vbslustre } from '@vbs-lustre/wsdl';
import type { GuestDisk } from '../agent/guestDisks.js';
import type { LabGuest } from '../agent/labGuest.js';
import { available, gone, refusal } from './expectations.js';
import { readFileSystem, refusedWrite, writeFileSystem } from './guest.js';
import { type Narrator, require } from './narrator.js';

export interface MainJob {
  alice: VBSLustreClient;
  bob: VBSLustreClient;
  vm1: LabGuest;
  vm2: LabGuest;
  /** The host of both, as the front end knows it. */
  vmm: string;
  /** Where the volume files lie. */
  volumeDirectory: string;
  tell: Narrator;
}

const DEVICE = 'xvdb';

/**
 * The main job: a volume's life from its creation to its end, by alice, with two running virtual machines.
 * @throws {JobFailure} if a step is not as written
 */
export async function runMainJob(job: MainJob): Promise<void> {
  const volumeId = await createVolume(job);
  const sum = await attachAndWrite(job, volumeId);
  await shareRefused(job, volumeId);
  await bobRefused(job, volumeId);
  const { snapshotId, cloneId } = await snapshotAndClone(job, volumeId);
  await shareReadOnly(job, cloneId, sum);
  await deleteAll(job, [volumeId, cloneId], snapshotId);
}

function createVolume({ alice, tell }: MainJob): Promise<string> {
  return tell.step('Create a volume of 1 GiB', async () => {
    const { volumeId } = await tell.did(
      'CreateVolume size=1',
      () => alice.CreateVolume({ size: 1 }),
      (volume) => `${volume.volumeId} ${volume.status}`,
    );
    const early = await tell.did(
      'DescribeVolume at once',
      () => alice.DescribeVolume({ volumeId }),
      ({ status }) => status,
    );
    // Its file may be made in less time than the question takes.
    const isExpected = early.status === 'pending' || early.status === 'available';
    require(isExpected, `the status is ${early.status}, not pending`);
    await tell.did(
      'DescribeVolume until its file is made',
      () => available(() => alice.DescribeVolume({ volumeId })),
      ({ status, sizeBytes }) => `${status}, ${sizeBytes} bytes`,
    );
    return volumeId;
  });
}

function attachAndWrite(job: MainJob, volumeId: string): Promise<string> {
  const { alice, vm1, tell } = job;
  return tell.step('Attach it to vm1 for writing, and write', async () => {
    const disk = await attach(job, volumeId, vm1, 'w');
    const sum = await tell.did(
      'vm1 makes an ext2 file system, writes a file and prints its checksum',
      () => writeFileSystem(vm1, disk),
      shorten,
    );
    const { attachmentSet, status } = await tell.did(
      'DescribeVolume',
      () => alice.DescribeVolume({ volumeId }),
      (volume) =>
        `${volume.status}: ${volume.attachmentSet.item.map(describeAttachment).join(', ')}`,
    );
    const [attachment] = attachmentSet.item;
    require(status === 'in-use' &&
      attachment?.instanceId === 'vm1' &&
      attachment.status === 'attached', 'the attachment is not in the description');
    return sum;
  });
}

function shareRefused({ alice, vmm, tell }: MainJob, volumeId: string): Promise<void> {
  return tell.step('While vm1 may write, nobody else gets in', async () => {
    for (const attachMode of ['w', 'r'] as const) {
      const call = { volumeId, instanceId: 'vm2', vmm, device: DEVICE, attachMode };
      await tell.did(
        `AttachVolume to vm2 with attachMode ${attachMode}`,
        () => refusal('VolumeInUse', alice.AttachVolume(call)),
        describeFault,
      );
    }
  });
}

function bobRefused({ bob, vmm, tell }: MainJob, volumeId: string): Promise<void> {
  return tell.step('Bob can neither see, attach nor delete it', async () => {
    const calls: Record<string, () => Promise<unknown>> = {
      DescribeVolume: () => bob.DescribeVolume({ volumeId }),
      AttachVolume: () =>
        bob.AttachVolume({ volumeId, instanceId: 'vm2', vmm, device: DEVICE, attachMode: 'r' }),
      DeleteVolume: () => bob.DeleteVolume({ volumeId }),
    };
    for (const [name, call] of Object.entries(calls)) {
      await tell.did(name, () => refusal('InvalidVolume.NotFound', call()), describeFault);
    }
    const { volumeSet } = await tell.did(
      'DescribeVolumes',
      () => bob.DescribeVolumes({}),
      (result) => `${result.volumeSet.item.length} volumes`,
    );
    require(!volumeSet.item.some((each) => each.volumeId === volumeId), 'bob sees it');
  });
}

function snapshotAndClone(
  job: MainJob,
  volumeId: string,
): Promise<{ snapshotId: string; cloneId: string }> {
  const { alice, vm1, tell } = job;
  return tell.step('Detach it, take a snapshot, and make a second volume from that', async () => {
    await detach(job, volumeId, vm1);
    const { snapshotId } = await tell.did(
      'CreateSnapshot',
      () => alice.CreateSnapshot({ volumeId, description: 'from the main job' }),
      (snapshot) => `${snapshot.snapshotId} ${snapshot.status}`,
    );
    await tell.did(
      'DescribeSnapshot until its file is copied',
      () => available(() => alice.DescribeSnapshot({ snapshotId })),
      ({ status }) => status,
    );
    const { volumeId: cloneId } = await tell.did(
      'CreateVolume from the snapshot',
      () => alice.CreateVolume({ snapshotId }),
      (volume) => `${volume.volumeId} ${volume.status}`,
    );
    await tell.did(
      'DescribeVolume until its file is copied',
      () => available(() => alice.DescribeVolume({ volumeId: cloneId })),
      ({ status }) => status,
    );
    return { snapshotId, cloneId };
  });
}

function shareReadOnly(job: MainJob, volumeId: string, sum: string): Promise<void> {
  const { vm1, vm2, tell } = job;
  return tell.step('Share that volume read-only between vm1 and vm2', async () => {
    const disks = [
      { vm: vm1, disk: await attach(job, volumeId, vm1, 'r') },
      { vm: vm2, disk: await attach(job, volumeId, vm2, 'r') },
    ];
    for (const { vm, disk } of disks) {
      const read = await tell.did(
        `${vm.name} reads the file`,
        () => readFileSystem(vm, disk),
        shorten,
      );
      require(read === sum, `the checksum in ${vm.name} is ${read}, not ${sum}`);
      await tell.did(`${vm.name} tries to write`, () => refusedWrite(vm, disk), String);
    }
  });
}

function deleteAll(job: MainJob, volumeIds: string[], snapshotId: string): Promise<void> {
  const { alice, vm1, vm2, volumeDirectory, tell } = job;
  return tell.step('Detach and delete everything', async () => {
    const cloneId = volumeIds[1] as string;
    await detach(job, cloneId, vm1);
    await detach(job, cloneId, vm2);
    for (const volumeId of volumeIds) {
      await tell.did(`DeleteVolume ${volumeId}`, () => alice.DeleteVolume({ volumeId }));
      await gone('InvalidVolume.NotFound', () => alice.DescribeVolume({ volumeId }));
    }
    await tell.did(`DeleteSnapshot ${snapshotId}`, () => alice.DeleteSnapshot({ snapshotId }));
    await gone('InvalidSnapshot.NotFound', () => alice.DescribeSnapshot({ snapshotId }));
    const left = [...volumeIds, snapshotId].filter((id) => existsSync(join(volumeDirectory, id)));
    await tell.did(
      'Files and records of them',
      async () => left,
      (ids) => (ids.length === 0 ? 'gone' : ids.join(', ')),
    );
    require(left.length === 0, `there are files left: ${left.join(', ')}`);
  });
}

async function attach(
  { alice, vmm, tell }: MainJob,
  volumeId: string,
  vm: LabGuest,
  attachMode: 'r' | 'w',
): Promise<GuestDisk> {
  const call = { volumeId, instanceId: vm.name, vmm, device: DEVICE, attachMode };
  await tell.did(
    `AttachVolume to ${vm.name} with attachMode ${attachMode}`,
    () => alice.AttachVolume(call),
    describeAttachment,
  );
  return tell.did(
    `${vm.name} sees a disk`,
    () => vm.waitForDisk(vm.diskOf(volumeId, DEVICE)),
    (disk) => `/dev/${disk.name}, ${disk.sizeBytes} bytes${disk.readOnly ? ', read-only' : ''}`,
  );
}

async function detach({ alice, tell }: MainJob, volumeId: string, vm: LabGuest): Promise<void> {
  await tell.did(`DetachVolume from ${vm.name}`, () =>
    alice.DetachVolume({ volumeId, instanceId: vm.name }),
  );
  await vm.waitForDiskGone(vm.diskOf(volumeId, DEVICE));
}

function describeAttachment(attachment: vbslustre.Attachment): string {
  const { instanceId, vmm, device, attachMode, status } = attachment;
  return `${status} to ${instanceId} on ${vmm} as ${device} (${attachMode})`;
}

function describeFault({ code, message }: { code: string; message: string }): string {
  return `refused: ${code}: ${message}`;
}

function shorten(sum: string): string {
  return `sha256 ${sum.slice(0, 16)}…`;
}
