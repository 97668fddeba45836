import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { ALL, granteesOf } from '../metadata/permissions.js';
import { checkAttribute } from './checkGrantees.js';
import { ownSnapshot } from './validate.js';

/** Whom the caller's snapshot is shared with. */
export function describeSnapshotAttribute({
  database,
}: FrontEnd): UserOperation<'DescribeSnapshotAttribute'> {
  return async ({ snapshotId, attributeName }, { userId }) => {
    checkAttribute(attributeName);
    await ownSnapshot(database, snapshotId, userId);
    const grantees = await granteesOf(database, snapshotId);
    const item = grantees.map((grantee) =>
      grantee === ALL ? { group: ALL } : { userId: grantee },
    );
    return { snapshotId, createVolumePermission: { item } };
  };
}
