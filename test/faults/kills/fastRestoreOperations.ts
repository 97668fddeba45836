import type { Request } from '../support/history.js';
import type { Ledger } from '../verdicts/ledger.js';
import type { Lane } from './lane.js';
import { type Operation, snapshots } from './operations.js';

const keeping = (snapshotId: string) => ({ snapshotId, count: 1 });

/** Snapshots of which one volume each is ready. */
async function kept(lane: Lane, count: number): Promise<string[]> {
  const ids = await snapshots(lane, count);
  for (const id of ids) await lane.must('EnableFastSnapshotRestores', keeping(id));
  await lane.settle();
  return ids;
}

function readyOf({ fastRestores = [] }: Ledger, request: object): number | undefined {
  const { snapshotId } = request as Request<'DisableFastSnapshotRestores'>;
  return fastRestores.find((each) => each.snapshotId === snapshotId)?.readyCount;
}

export const ENABLE_FAST_RESTORES: Operation = {
  title: 'EnableFastSnapshotRestores',
  call: 'EnableFastSnapshotRestores',
  prepare: async (lane, count) => (await snapshots(lane, count)).map(keeping),
  results: (ledger, request) => readyOf(ledger, request) ?? 0,
};

export const DISABLE_FAST_RESTORES: Operation = {
  title: 'DisableFastSnapshotRestores',
  call: 'DisableFastSnapshotRestores',
  prepare: async (lane, count) => (await kept(lane, count)).map((snapshotId) => ({ snapshotId })),
  results: (ledger, request) => (readyOf(ledger, request) === undefined ? 1 : 0),
};

/** Each is there at once, and another one is made. */
export const CREATE_READY: Operation = {
  title: 'CreateVolume of one that is ready',
  call: 'CreateVolume',
  prepare: async (lane, count) => (await kept(lane, count)).map((snapshotId) => ({ snapshotId })),
  results: (ledger, request) => {
    const { snapshotId } = request as Request<'CreateVolume'>;
    return ledger.volumes.filter((each) => each.snapshotId === snapshotId).length;
  },
};
