import type { Request } from '../support/history.js';
import type { Ledger } from '../verdicts/ledger.js';
import { type Operation, snapshots } from './operations.js';

const sharing = (operationType: 'add' | 'remove') => (snapshotId: string) => ({
  ...{ snapshotId, operationType, group: 'all' },
  userIdSet: { item: [{ userId: 'CN=ben,OU=users,O=VBS-Lustre' }] },
});

/** Whether the snapshot of a request is shared with all. */
function isShared({ shared = [] }: Ledger, request: object): boolean {
  const { snapshotId } = request as Request<'ModifySnapshotAttribute'>;
  return shared.some((each) => each.snapshotId === snapshotId);
}

export const SHARE: Operation = {
  title: 'ModifySnapshotAttribute add',
  call: 'ModifySnapshotAttribute',
  prepare: async (lane, count) => (await snapshots(lane, count)).map(sharing('add')),
  results: (ledger, request) => (isShared(ledger, request) ? 1 : 0),
};

export const UNSHARE: Operation = {
  title: 'ModifySnapshotAttribute remove',
  call: 'ModifySnapshotAttribute',
  prepare: async (lane, count) => {
    const ids = await snapshots(lane, count);
    for (const id of ids) await lane.must('ModifySnapshotAttribute', sharing('add')(id));
    return ids.map(sharing('remove'));
  },
  results: (ledger, request) => (isShared(ledger, request) ? 0 : 1),
};
