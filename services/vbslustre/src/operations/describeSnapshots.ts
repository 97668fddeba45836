import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { snapshotsOf } from '../metadata/snapshots.js';
import { presentSnapshot } from './present.js';
import { ownSnapshot } from './validate.js';

/** The caller's snapshots: all, or those that are named. */
export function describeSnapshots({ database }: FrontEnd): UserOperation<'DescribeSnapshots'> {
  return async ({ snapshotSet }, { userId }) => {
    const ids = snapshotSet?.item.map(({ snapshotId }) => snapshotId) ?? [];
    for (const id of ids) await ownSnapshot(database, id, userId);
    const snapshots = await snapshotsOf(database, userId);
    const wanted = ids.length > 0 ? snapshots.filter(({ id }) => ids.includes(id)) : snapshots;
    return { snapshotSet: { item: wanted.map(presentSnapshot) } };
  };
}
