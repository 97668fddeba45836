import { newId } from '@vbs-lustre/shared/ids';
import { orderCreation } from '../fileOrders.js';
import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { dataOf } from '../metadata/snapshots.js';
import { insertVolume } from '../metadata/volumes.js';
import { checkQuotas } from '../quotas.js';
import { checkTags } from './checkTags.js';
import { createOnce } from './createOnce.js';
import { pinSource } from './pinSource.js';
import { presentVolume } from './present.js';
import { takeWarmClone } from './takeWarmClone.js';
import { ownVolumeWithAttachments, restorableSnapshot, tokenUse } from './validate.js';
import { checkReadOnly, checkType } from './volumeKind.js';
import { volumeSize } from './volumeSize.js';

/**
 * Create-volume (paper, section 4.1 (1)): a record with status `pending`, then the order for the file. The record
 * comes first, else a quick delegate would report on a volume that does not exist yet.
 */
export function createVolume(frontEnd: FrontEnd): UserOperation<'CreateVolume'> {
  const { database, volumeDelegates, maxVolumeSizeGiB, quotas } = frontEnd;
  return async (request, { userId }) => {
    const { snapshotId, volumeType } = request;
    const tags = checkTags(request.tagSet);
    const use = tokenUse('CreateVolume', request, userId);
    const plan = async () => {
      const source = snapshotId
        ? await restorableSnapshot(database, snapshotId, userId)
        : undefined;
      const sizeBytes = volumeSize(request, source, maxVolumeSizeGiB);
      const readOnly = checkReadOnly(request, source, sizeBytes);
      await checkType(volumeType, volumeDelegates);
      const ids = { id: newId('vol'), owner: userId, snapshotId, orderId: newId('ord') };
      const snapshotConsistency = source?.consistency;
      const snapshotData = source && dataOf(source);
      const known = {
        ...ids,
        snapshotConsistency,
        snapshotData,
        volumeType,
        readOnly,
        sizeBytes,
        tags,
      };
      return { table: 'volumes' as const, ...known, delegate: '' };
    };
    let isReady = false;
    const outcome = await createOnce(database, use, plan, async (transaction, volume) => {
      const adding = { volumes: 1, bytes: volume.sizeBytes };
      await checkQuotas(transaction, quotas, userId, adding, 'VolumeLimitExceeded');
      if (snapshotId) await pinSource(transaction, snapshotId, userId);
      isReady = await takeWarmClone(transaction, use, volume);
      if (isReady) return;
      volume.delegate = await volumeDelegates.choose(transaction, volumeType);
      await insertVolume(transaction, volume);
    });
    if ('made' in outcome && !isReady) await orderCreation(frontEnd, outcome.made);
    const id = 'made' in outcome ? outcome.made.id : outcome.known;
    // One that was made before, with the same token, may have attachments.
    return presentVolume(await ownVolumeWithAttachments(database, id, userId));
  };
}
