import { ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import { orderCreation } from '../fileOrders.js';
import type { FrontEnd, UserOperation } from '../frontEnd.js';
import type { Database } from '../metadata/database.js';
import { unpin } from '../metadata/files.js';
import type { Snapshot } from '../metadata/snapshots.js';
import { findVerification, insertVerification, pinVerified } from '../metadata/verifications.js';
import { endDryRun } from './dryRun.js';
import { presentSnapshot } from './present.js';
import { ownSnapshot } from './validate.js';

/**
 * Has a snapshot read by a Volume Delegate, to see whether its data is what it was. Its deletion ends that. Done again
 * meanwhile, it is as if done once; afterwards, the snapshot is read anew.
 */
export function verifySnapshot(frontEnd: FrontEnd): UserOperation<'VerifySnapshot'> {
  const { database, volumeDelegates } = frontEnd;
  return async ({ snapshotId, dryRun }, { userId }) => {
    await ownSnapshot(database, snapshotId, userId);
    const orderId = newId('ord');
    const begin = async (transaction: Database) => {
      const isPinned = await pinVerified(transaction, snapshotId);
      const snapshot = await ownSnapshot(transaction, snapshotId, userId);
      if (!isPinned || snapshot.sha256 === undefined) throw whyNot(snapshot);
      if (snapshot.verifying) {
        await unpin(transaction, 'snapshots', snapshotId);
        endDryRun({ dryRun });
        return undefined;
      }
      const delegate = await volumeDelegates.choose(transaction);
      await insertVerification(transaction, snapshot, { orderId, delegate });
      endDryRun({ dryRun });
      return findVerification(transaction, snapshotId);
    };
    const begun = await database.transaction(begin);
    if (begun) await orderCreation(frontEnd, { table: 'verifications', ...begun });
    return presentSnapshot(await ownSnapshot(database, snapshotId, userId));
  };
}

function whyNot({ id, status, sha256 }: Snapshot): ServiceFault {
  const reason =
    status === 'available' && sha256 === undefined
      ? `${id} was made without a checksum: there is nothing to compare its data with; create snapshots with checksum=true.`
      : `${id} is ${status}; only one that is available can be verified.`;
  return new ServiceFault('IncorrectState', reason);
}
