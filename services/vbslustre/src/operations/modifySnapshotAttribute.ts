import { ServiceFault } from '@vbs-lustre/shared/faults';
import { isId } from '@vbs-lustre/shared/ids';
import type { FrontEnd, UserOperation } from '../frontEnd.js';
import type { Database } from '../metadata/database.js';
import { recordEvent } from '../metadata/events.js';
import { grant, granteesOf, lockOwnSnapshot, revoke } from '../metadata/permissions.js';
import { checkAttribute, checkGrantees } from './checkGrantees.js';
import { doOnce } from './doOnce.js';
import { notFound, tokenUse } from './validate.js';

/** That one snapshot can be shared with. */
const MAX_GRANTEES = 500;
const DONE = { return: true };

/**
 * Shares a snapshot with users or with all, or no longer. Whoever it is shared with may see it and make volumes from it. Of this
 * and a creation at once one is the first: both begin with the snapshot's lock. What was begun goes on.
 */
export function modifySnapshotAttribute({
  database,
  instance,
}: FrontEnd): UserOperation<'ModifySnapshotAttribute'> {
  return async (request, { userId }) => {
    const { snapshotId, operationType } = request;
    checkAttribute(request.attributeName);
    const grantees = checkGrantees(request);
    if (!isId('snap', snapshotId)) throw notFound('snapshots', snapshotId);
    const use = tokenUse('ModifySnapshotAttribute', request, userId);
    const isAdding = operationType === 'add';
    const write = async (transaction: Database): Promise<void> => {
      if (!(await lockOwnSnapshot(transaction, snapshotId, userId)))
        throw notFound('snapshots', snapshotId);
      const known = await granteesOf(transaction, snapshotId);
      const changed = grantees.filter((grantee) => known.includes(grantee) !== isAdding);
      if (changed.length === 0) return;
      if (isAdding && known.length + changed.length > MAX_GRANTEES) throw tooMany(snapshotId);
      await (isAdding ? grant : revoke)(transaction, snapshotId, changed);
      for (const grantee of changed) {
        const what = isAdding
          ? ({ action: 'snapshot-shared', reason: `with ${grantee}` } as const)
          : ({ action: 'snapshot-unshared', reason: `no longer with ${grantee}` } as const);
        await recordEvent(transaction, { instance, subjectId: snapshotId, ...what });
      }
    };
    await doOnce(database, use, snapshotId, write, DONE);
    return DONE;
  };
}

function tooMany(id: string): ServiceFault {
  return new ServiceFault(
    'ResourceLimitExceeded',
    `${id} can be shared with at most ${MAX_GRANTEES} users; remove some first, or share it with all.`,
  );
}
