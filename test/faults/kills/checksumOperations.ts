import { createHash } from 'node:crypto';
import type { Request } from '../support/history.js';
import { dataOf } from './contents.js';
import type { Lane } from './lane.js';
import { making, type Operation, SIZE_MIB, snapshots, volumes } from './operations.js';

const sumOf = (data: Buffer) => createHash('sha256').update(data).digest('hex');

/** Whenever somebody was killed, it is there in the end, and right. */
export const CREATE_SUMMED_SNAPSHOT: Operation = {
  title: 'CreateSnapshot checksum',
  call: 'CreateSnapshot',
  prepare: async (lane, count) =>
    (await volumes(lane, count)).map((volumeId) => ({ volumeId, checksum: true })),
  results: (ledger, request, made) => {
    const own = ledger.snapshots.filter(
      ({ volumeId, sha256 }) => sha256 === sumOf(dataOf(volumeId)),
    );
    return making({ ...ledger, snapshots: own }, request, made);
  },
};

const summed = (lane: Lane, count: number) => snapshots(lane, count, { checksum: true });

export const CREATE_COMPARED: Operation = {
  title: 'CreateVolume of a snapshot with a checksum',
  call: 'CreateVolume',
  prepare: async (lane, count) =>
    (await summed(lane, count)).map((snapshotId) => ({ snapshotId, sizeMiB: 2 * SIZE_MIB })),
  results: making,
};

/** The snapshot is looked at before its file gets a second name. */
export const CREATE_COMPARED_LINK: Operation = {
  title: 'CreateVolume readOnly of a snapshot with a checksum',
  call: 'CreateVolume',
  prepare: async (lane, count) =>
    (await summed(lane, count)).map((snapshotId) => ({ snapshotId, readOnly: true })),
  results: making,
};

/** Of snapshots that are intact: once killed or not, that is found out. */
export const VERIFY_SNAPSHOT: Operation = {
  title: 'VerifySnapshot',
  call: 'VerifySnapshot',
  prepare: async (lane, count) => (await summed(lane, count)).map((snapshotId) => ({ snapshotId })),
  results: (ledger, request) => {
    const { snapshotId } = request as Request<'VerifySnapshot'>;
    const snapshot = ledger.snapshots.find((each) => each.snapshotId === snapshotId);
    return snapshot?.verifyState === 'intact' ? 1 : 0;
  },
};
