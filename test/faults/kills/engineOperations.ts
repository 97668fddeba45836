import type { Lane } from './lane.js';
import { DELETE_VOLUME, MODIFY_VOLUME, type Operation, SIZE_MIB, snapshots } from './operations.js';

/** Volumes that are made of a snapshot, which has data. */
async function copies(lane: Lane, count: number): Promise<string[]> {
  const [snapshotId = ''] = await snapshots(lane, 1);
  const ids: string[] = [];
  for (let made = 0; made < count; made++) {
    ids.push((await lane.must('CreateVolume', { snapshotId })).volumeId);
  }
  await lane.settle();
  return ids;
}

export const MODIFY_COPY: Operation = {
  ...MODIFY_VOLUME,
  title: 'ModifyVolume of a copy',
  prepare: async (lane, count) =>
    (await copies(lane, count)).map((volumeId) => ({ volumeId, sizeMiB: 2 * SIZE_MIB })),
};

export const DELETE_COPY: Operation = {
  ...DELETE_VOLUME,
  title: 'DeleteVolume of a copy',
  prepare: async (lane, count) => (await copies(lane, count)).map((volumeId) => ({ volumeId })),
};
