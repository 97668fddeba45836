import { ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import { orderDeletion } from '../fileOrders.js';
import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { FAILURE, startDeleting } from '../metadata/files.js';
import { findSnapshot, type Snapshot } from '../metadata/snapshots.js';
import { ownSnapshot } from './validate.js';

/** Delete-snapshot (paper, section 4.1 (5)): `rm -f` of the snapshot file, then the end of its record. */
export function deleteSnapshot(frontEnd: FrontEnd): UserOperation<'DeleteSnapshot'> {
  const { database } = frontEnd;
  return async ({ snapshotId }, { userId }) => {
    const snapshot = await ownSnapshot(database, snapshotId, userId);
    if (snapshot.status === 'deleting') return { return: true };
    const orderId = newId('ord');
    if (!(await startDeleting(database, 'snapshots', snapshotId, orderId))) {
      const now = await ownSnapshot(database, snapshotId, userId);
      // The same request, given twice at once.
      if (now.status === 'deleting') return { return: true };
      throw whyNot(now);
    }
    await orderDeletion(frontEnd, { table: 'snapshots', ...snapshot, orderId });
    const left = await findSnapshot(database, snapshotId);
    if (left?.status === FAILURE) {
      throw new ServiceFault('InternalError', `The file of ${snapshotId} could not be deleted.`);
    }
    return { return: true };
  };
}

function whyNot({ id, status, copies }: Snapshot): ServiceFault {
  if (copies > 0) {
    return new ServiceFault(
      'InvalidSnapshot.InUse',
      `A volume is being made from ${id}; wait until it is available.`,
    );
  }
  return new ServiceFault(
    'IncorrectState',
    `${id} is ${status}; it can be deleted when that has ended.`,
  );
}
