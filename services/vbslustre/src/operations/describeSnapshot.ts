import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { presentSnapshot, seenBy } from './present.js';
import { restorableSnapshot } from './validate.js';

/** Describe-snapshot (paper, section 4.1 (2)): the metadata of one snapshot, the caller's or shared with him. */
export function describeSnapshot({ database }: FrontEnd): UserOperation<'DescribeSnapshot'> {
  return async ({ snapshotId }, { userId }) =>
    presentSnapshot(seenBy(userId, await restorableSnapshot(database, snapshotId, userId)));
}
