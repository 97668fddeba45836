import { ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import { orderDeletion } from '../fileOrders.js';
import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { FAILURE, startDeleting } from '../metadata/files.js';
import { findVolume, type Volume } from '../metadata/volumes.js';
import { ownVolume } from './validate.js';

/** Delete-volume (paper, section 4.1 (5)): `rm -f` of the volume file, then the end of its record. */
export function deleteVolume(frontEnd: FrontEnd): UserOperation<'DeleteVolume'> {
  const { database } = frontEnd;
  return async ({ volumeId }, { userId }) => {
    const volume = await ownVolume(database, volumeId, userId);
    if (volume.status === 'deleting') return { return: true };
    const orderId = newId('ord');
    if (!(await startDeleting(database, 'volumes', volumeId, orderId))) {
      const now = await ownVolume(database, volumeId, userId);
      // The same request, given twice at once.
      if (now.status === 'deleting') return { return: true };
      throw whyNot(now);
    }
    await orderDeletion(frontEnd, { table: 'volumes', ...volume, orderId });
    const left = await findVolume(database, volumeId);
    if (left?.status === FAILURE) {
      throw new ServiceFault('InternalError', `The file of ${volumeId} could not be deleted.`);
    }
    return { return: true };
  };
}

function whyNot(volume: Volume): ServiceFault {
  const { id, status } = volume;
  if (volume.readers + volume.writers > 0) {
    return new ServiceFault('VolumeInUse', `${id} is attached; detach it first.`);
  }
  if (volume.copies > 0) {
    return new ServiceFault(
      'VolumeInUse',
      `A snapshot of ${id} is being made; wait until it is available.`,
    );
  }
  return new ServiceFault(
    'IncorrectState',
    `${id} is ${status}; it can be deleted when that has ended.`,
  );
}
