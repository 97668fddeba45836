import { ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import { orderDeletion } from '../fileOrders.js';
import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { findUse } from '../metadata/clientTokens.js';
import { FAILURE } from '../metadata/files.js';
import { findVolume, type Volume } from '../metadata/volumes.js';
import { beginDeletion, DELETED } from './beginDeletion.js';
import { endDryRun } from './dryRun.js';
import { refuseModifying } from './refuseModifying.js';
import { ownVolume, tokenUse } from './validate.js';

/** Delete-volume (paper, section 4.1 (5)): `rm -f` of the volume file, then the end of its record; ends its making, too. */
export function deleteVolume(frontEnd: FrontEnd): UserOperation<'DeleteVolume'> {
  const { database } = frontEnd;
  return async (request, { userId }) => {
    const { volumeId } = request;
    const use = tokenUse('DeleteVolume', request, userId);
    // What this request has deleted stays deleted, and is not there to be looked at.
    if ((await findUse(database, use)) && !(await findVolume(database, volumeId))) {
      endDryRun(use);
      return DELETED;
    }
    await ownVolume(database, volumeId, userId);
    const orderId = newId('ord');
    const begun = await beginDeletion(database, use, {
      ...{ table: 'volumes' as const, id: volumeId, orderId, whyNot },
      find: (transaction) => ownVolume(transaction, volumeId, userId),
    });
    if (!begun) return DELETED;
    // Looked at once more: who had the order to make it may have changed.
    const volume = await findVolume(database, volumeId);
    if (volume) await orderDeletion(frontEnd, { table: 'volumes', ...volume });
    const left = await findVolume(database, volumeId);
    if (left?.status === FAILURE) {
      throw new ServiceFault('InternalError', `The file of ${volumeId} could not be deleted.`);
    }
    return DELETED;
  };
}

function whyNot(volume: Volume): ServiceFault {
  const { id, status } = volume;
  refuseModifying(volume);
  if (volume.readers + volume.writers > 0) {
    return new ServiceFault('VolumeInUse', `${id} is attached; detach it first.`);
  }
  if (volume.copies + volume.liveCopies > 0) {
    return new ServiceFault(
      'VolumeInUse',
      `${id} is being copied for a snapshot or an export; wait until that has ended, as it does soon after that snapshot is deleted.`,
    );
  }
  return new ServiceFault(
    'IncorrectState',
    `${id} is ${status}; it can be deleted when that has ended.`,
  );
}
