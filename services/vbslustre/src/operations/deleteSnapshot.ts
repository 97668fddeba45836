import { ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import { orderDeletion } from '../fileOrders.js';
import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { findUse } from '../metadata/clientTokens.js';
import type { Database } from '../metadata/database.js';
import { FAILURE } from '../metadata/files.js';
import { findSnapshot, type Snapshot } from '../metadata/snapshots.js';
import { dropVerification } from '../metadata/verifications.js';
import { warmClones } from '../metadata/warmClones.js';
import { cancelWarmClones } from '../warmClones.js';
import { beginDeletion, DELETED } from './beginDeletion.js';
import { endDryRun } from './dryRun.js';
import { ownSnapshot, tokenUse } from './validate.js';

/** Delete-snapshot (paper, section 4.1 (5)): `rm -f` of the snapshot file, then the end of its record; ends its making, too. */
export function deleteSnapshot(frontEnd: FrontEnd): UserOperation<'DeleteSnapshot'> {
  const { database } = frontEnd;
  return async (request, { userId }) => {
    const { snapshotId } = request;
    const use = tokenUse('DeleteSnapshot', request, userId);
    // What this request has deleted stays deleted, and is not there to be looked at.
    if ((await findUse(database, use)) && !(await findSnapshot(database, snapshotId))) {
      endDryRun(use);
      return DELETED;
    }
    refuseUnbegun(await ownSnapshot(database, snapshotId, userId));
    if (!use.dryRun) await cancelWarmClones(frontEnd, snapshotId);
    const orderId = newId('ord');
    const begun = await beginDeletion(database, use, {
      ...{ table: 'snapshots' as const, id: snapshotId, orderId, whyNot },
      find: (transaction) => ownSnapshot(transaction, snapshotId, userId),
      clear: (transaction) => dropVerification(transaction, snapshotId),
    });
    if (!begun) return DELETED;
    // Looked at once more: who had the order to make it may have changed.
    const snapshot = await findSnapshot(database, snapshotId);
    if (snapshot) await orderDeletion(frontEnd, { table: 'snapshots', ...snapshot });
    const left = await findSnapshot(database, snapshotId);
    if (left?.status === FAILURE) {
      throw new ServiceFault('InternalError', `The file of ${snapshotId} could not be deleted.`);
    }
    return DELETED;
  };
}

/** What may be taken back by itself. @throws {ServiceFault} `IncorrectState` */
function refuseUnbegun({ id, status, copying }: Snapshot): void {
  if (status !== 'pending' || !copying || copying.begun) return;
  throw new ServiceFault(
    'IncorrectState',
    `It is not known yet whether ${id} is being copied; repeat this in a minute.`,
  );
}

async function whyNot({ id, status, copies }: Snapshot, database: Database): Promise<ServiceFault> {
  if (copies > 0) {
    const clones = await warmClones(database, [id]);
    const making = clones.filter((each) => each.status === 'pending' || each.cancelled);
    return new ServiceFault(
      'InvalidSnapshot.InUse',
      making.length < copies
        ? `A volume is being made from ${id}, or it is exported; wait until that has ended.`
        : `A volume of ${id} that is to be kept ready is being made; have none kept ready with DisableFastSnapshotRestores, and repeat this in a minute.`,
    );
  }
  return new ServiceFault(
    'IncorrectState',
    `${id} is ${status}; it can be deleted when that has ended.`,
  );
}
