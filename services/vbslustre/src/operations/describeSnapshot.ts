import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { presentSnapshot } from './present.js';
import { ownSnapshot } from './validate.js';

/** Describe-snapshot (paper, section 4.1 (2)): the metadata of one snapshot. */
export function describeSnapshot({ database }: FrontEnd): UserOperation<'DescribeSnapshot'> {
  return async ({ snapshotId }, { userId }) =>
    presentSnapshot(await ownSnapshot(database, snapshotId, userId));
}
