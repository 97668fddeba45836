import type { vbslustre } from '@vbs-lustre/wsdl';
import type { Request } from '../support/history.js';
import type { Ledger } from '../verdicts/ledger.js';
import { fill } from './contents.js';
import type { Lane } from './lane.js';
import type { Operation } from './operation.js';

export type { Operation };

export const SIZE_MIB = 1;
const DEVICES = [...'bcdefghijklmnopqrstuvwxyz'].map((letter) => `xvd${letter}`);

export const making: Operation['results'] = ({ volumes, snapshots }, _, made) => {
  const ids = [
    ...volumes.map(({ volumeId }) => volumeId),
    ...snapshots.map(({ snapshotId }) => snapshotId),
  ];
  return ids.filter((id) => made.has(id)).length;
};

const attaching: Operation['results'] = ({ volumes }, request) =>
  placesOf(volumes).filter((place) => isPlace(place, request as Place)).length;

export const ending: Operation['results'] = (ledger, request) => {
  const { volumeId, snapshotId } = request as { volumeId?: string; snapshotId?: string };
  const isThere =
    ledger.volumes.some((each) => each.volumeId === volumeId) ||
    ledger.snapshots.some((each) => each.snapshotId === snapshotId);
  return isThere ? 0 : 1;
};

const detaching: Operation['results'] = (ledger, request, made) =>
  attaching(ledger, request, made) === 0 ? 1 : 0;

export const CREATE_VOLUME: Operation = {
  title: 'CreateVolume',
  call: 'CreateVolume',
  prepare: async (_, count) => Array.from({ length: count }, () => ({ sizeMiB: SIZE_MIB })),
  results: making,
};

const extending: Operation['results'] = ({ volumes }, request) => {
  const { volumeId, sizeMiB = 0 } = request as Request<'ModifyVolume'>;
  const volume = volumes.find((each) => each.volumeId === volumeId);
  return volume?.sizeBytes === sizeMiB * 2 ** 20 ? 1 : 0;
};

export const MODIFY_VOLUME: Operation = {
  title: 'ModifyVolume',
  call: 'ModifyVolume',
  prepare: async (lane, count) =>
    (await volumes(lane, count)).map((volumeId) => ({ volumeId, sizeMiB: 2 * SIZE_MIB })),
  results: extending,
};

/** Of volumes that machines write. */
export const modifyAttached = (...at: readonly Machine[]): Operation => ({
  title: 'ModifyVolume of an attached one',
  call: 'ModifyVolume',
  prepare: async (lane, count) => {
    const ids = await volumes(lane, count);
    const places: { machine: Machine; devices: string[] }[] = [];
    for (const machine of at) places.push({ machine, devices: await freeDevices(lane, machine) });
    for (const id of ids) {
      const [most] = places.sort((a, b) => b.devices.length - a.devices.length);
      if (!most || most.devices.length === 0) throw new Error('no devices are left');
      const { machine, devices } = most;
      await lane.must('AttachVolume', place(id, machine, devices, 'w'));
    }
    return ids.map((volumeId) => ({ volumeId, sizeMiB: 2 * SIZE_MIB }));
  },
  results: extending,
});

/** The volume is larger than its snapshot: the rest is filled with zeroes. */
export const CREATE_FROM_SNAPSHOT: Operation = {
  title: 'CreateVolume of a snapshot',
  call: 'CreateVolume',
  prepare: async (lane, count) =>
    (await snapshots(lane, count)).map((snapshotId) => ({ snapshotId, sizeMiB: 2 * SIZE_MIB })),
  results: making,
};

/** The snapshot's file gets a second name. */
export const CREATE_READ_ONLY: Operation = {
  title: 'CreateVolume readOnly',
  call: 'CreateVolume',
  prepare: async (lane, count) =>
    (await snapshots(lane, count)).map((snapshotId) => ({ snapshotId, readOnly: true })),
  results: making,
};

export const CREATE_SNAPSHOT: Operation = {
  title: 'CreateSnapshot',
  call: 'CreateSnapshot',
  prepare: async (lane, count) => (await volumes(lane, count)).map((volumeId) => ({ volumeId })),
  results: making,
};

/** Of volumes that machines have for writing, each one of its own. */
export const liveSnapshot = (force: boolean, ...writers: readonly Machine[]): Operation => ({
  title: force ? 'CreateSnapshot force' : 'CreateSnapshot of what is written',
  call: 'CreateSnapshot',
  prepare: async (lane, count) => {
    const places: { at: Machine; devices: string[] }[] = [];
    for (const at of writers) places.push({ at, devices: await freeDevices(lane, at) });
    const ids = await volumes(lane, count);
    for (const id of ids) {
      const { at, devices } = places.find((each) => each.devices.length > 0) ?? noDevice();
      await lane.must('AttachVolume', place(id, at, devices, 'w'));
    }
    return ids.map((volumeId) => ({ volumeId, force }));
  },
  results: making,
});

export const DELETE_VOLUME: Operation = {
  title: 'DeleteVolume',
  call: 'DeleteVolume',
  prepare: async (lane, count) => (await volumes(lane, count)).map((volumeId) => ({ volumeId })),
  results: ending,
};

export const DELETE_SNAPSHOT: Operation = {
  title: 'DeleteSnapshot',
  call: 'DeleteSnapshot',
  prepare: async (lane, count) =>
    (await snapshots(lane, count)).map((snapshotId) => ({ snapshotId })),
  results: ending,
};

export const attachWriter = (at: Machine): Operation => ({
  title: 'AttachVolume w',
  call: 'AttachVolume',
  prepare: async (lane, count) => {
    const devices = await freeDevices(lane, at);
    return (await volumes(lane, count)).map((id) => place(id, at, devices, 'w'));
  },
  results: attaching,
});

export const attachReader = (at: Machine, beside: Machine): Operation => ({
  title: 'AttachVolume r beside a reader',
  call: 'AttachVolume',
  prepare: async (lane, count) => {
    const ids = await volumes(lane, count);
    const taken = await freeDevices(lane, beside);
    for (const id of ids) await lane.must('AttachVolume', place(id, beside, taken, 'r'));
    const devices = await freeDevices(lane, at);
    return ids.map((id) => place(id, at, devices, 'r'));
  },
  results: attaching,
});

/** Of volumes that a machine has already. */
export const detach = (from: Machine): Operation => ({
  title: 'DetachVolume',
  call: 'DetachVolume',
  prepare: async (lane, count) => (await attachedTo(lane, from, count)).map(detachRequest),
  results: detaching,
});

/** Of volumes that a machine had whose host is lost. */
export const forceDetach = (from: Machine): Operation => ({
  title: 'DetachVolume force',
  call: 'DetachVolume',
  prepare: async (lane, count) => {
    const places = await attachedTo(lane, from, count);
    return places.map((each) => ({ ...detachRequest(each), force: true, acceptRisk: true }));
  },
  results: detaching,
  waitsForOwner: true,
});

interface Machine {
  name: string;
  host: string;
}

type Place = Pick<vbslustre.Attachment, 'volumeId' | 'instanceId' | 'vmm' | 'device'>;

export async function volumes(lane: Lane, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made++) {
    ids.push((await lane.must('CreateVolume', { sizeMiB: SIZE_MIB })).volumeId);
  }
  await lane.settle();
  for (const id of ids) fill(lane.deployment.layout.volumes, id);
  return ids;
}

export async function snapshots(
  lane: Lane,
  count: number,
  more: Partial<Request<'CreateSnapshot'>> = {},
): Promise<string[]> {
  const [volumeId = ''] = await volumes(lane, 1);
  const ids: string[] = [];
  for (let made = 0; made < count; made++) {
    ids.push((await lane.must('CreateSnapshot', { volumeId, ...more })).snapshotId);
  }
  await lane.settle();
  return ids;
}

/** The names of devices that a machine does not use; some are taken off the list by each `place`. */
async function freeDevices(lane: Lane, { name }: Machine): Promise<string[]> {
  const places = placesOf((await lane.ledger()).volumes);
  const used = places.filter(({ instanceId }) => instanceId === name).map(({ device }) => device);
  return DEVICES.filter((each) => !used.includes(each));
}

function place(volumeId: string, at: Machine, devices: string[], attachMode: 'r' | 'w') {
  const { name: instanceId, host: vmm } = at;
  return { volumeId, instanceId, vmm, device: devices.shift() ?? '', attachMode };
}

function noDevice(): never {
  throw new Error('the machines have no device left');
}

async function attachedTo(lane: Lane, { name, host }: Machine, count: number): Promise<Place[]> {
  const places = placesOf((await lane.ledger()).volumes);
  const there = places.filter((each) => each.instanceId === name && each.vmm === host);
  if (there.length < count) throw new Error(`${name} has ${there.length} disks, not ${count}`);
  return there.slice(0, count);
}

function detachRequest({ volumeId, instanceId, vmm, device }: Place): Place {
  return { volumeId, instanceId, vmm, device };
}

function placesOf(all: Ledger['volumes']): vbslustre.Attachment[] {
  return all.flatMap(({ attachmentSet }) => attachmentSet.item);
}

function isPlace(a: Place, b: Place): boolean {
  return (
    a.volumeId === b.volumeId &&
    a.instanceId === b.instanceId &&
    a.vmm === b.vmm &&
    a.device === b.device
  );
}
