import { ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import { orderCreation } from '../fileOrders.js';
import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { pin } from '../metadata/files.js';
import { insertVolume } from '../metadata/volumes.js';
import { doOnce } from './doOnce.js';
import { presentVolume } from './present.js';
import { ownSnapshot, ownVolumeWithAttachments, tokenUse } from './validate.js';
import { volumeSize } from './volumeSize.js';

/**
 * Create-volume (paper, section 4.1 (1)): a record with status `pending`, then the order for the file. The record
 * comes first, else a quick delegate would report on a volume that does not exist yet.
 */
export function createVolume(frontEnd: FrontEnd): UserOperation<'CreateVolume'> {
  const { database, volumeDelegates, maxVolumeSizeGiB } = frontEnd;
  return async (request, { userId }) => {
    const { snapshotId } = request;
    const use = tokenUse('CreateVolume', request, userId);
    const source = snapshotId ? await ownSnapshot(database, snapshotId, userId) : undefined;
    const volume = {
      table: 'volumes' as const,
      id: newId('vol'),
      owner: userId,
      sizeBytes: volumeSize(request, source, maxVolumeSizeGiB),
      snapshotId,
      orderId: newId('ord'),
      delegate: '',
    };
    const id = await doOnce(database, use, volume.id, async (transaction) => {
      if (source && !(await pin(transaction, 'snapshots', source.id))) {
        throw new ServiceFault(
          'IncorrectState',
          `${source.id} is not available; wait until it is.`,
        );
      }
      volume.delegate = await volumeDelegates.choose(transaction);
      await insertVolume(transaction, volume);
    });
    if (id === volume.id) await orderCreation(frontEnd, volume);
    // One that was made before, with the same token, may have attachments.
    const { volume: made, attachments } = await ownVolumeWithAttachments(database, id, userId);
    return presentVolume(made, attachments);
  };
}
