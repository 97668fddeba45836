import { ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import { orderCreation } from '../fileOrders.js';
import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { pin } from '../metadata/files.js';
import { insertSnapshot } from '../metadata/snapshots.js';
import type { Volume } from '../metadata/volumes.js';
import { checkQuotas } from '../quotas.js';
import { checkTags } from './checkTags.js';
import { createOnce } from './createOnce.js';
import { presentSnapshot } from './present.js';
import { checkLength, ownSnapshot, ownVolume, tokenUse } from './validate.js';

const MAX_DESCRIPTION = 255;

/**
 * Create-snapshot (paper, section 4.1 (2)): like create-volume, with a copy of the volume file. A volume that an
 * instance is writing is refused: a copy of it would be torn.
 */
export function createSnapshot(frontEnd: FrontEnd): UserOperation<'CreateSnapshot'> {
  const { database, volumeDelegates, quotas } = frontEnd;
  return async (request, { userId }) => {
    const { volumeId, description } = request;
    checkLength('description', description, MAX_DESCRIPTION);
    const tags = checkTags(request.tagSet);
    const use = tokenUse('CreateSnapshot', request, userId);
    const plan = async () => {
      const { sizeBytes } = await ownVolume(database, volumeId, userId);
      const ids = { id: newId('snap'), owner: userId, volumeId, orderId: newId('ord') };
      return { table: 'snapshots' as const, ...ids, sizeBytes, description, tags, delegate: '' };
    };
    const outcome = await createOnce(database, use, plan, async (transaction, snapshot) => {
      const adding = { snapshots: 1, bytes: snapshot.sizeBytes };
      await checkQuotas(transaction, quotas, userId, adding, 'SnapshotLimitExceeded');
      if (!(await pin(transaction, 'volumes', volumeId))) {
        throw whyNot(await ownVolume(transaction, volumeId, userId));
      }
      snapshot.delegate = await volumeDelegates.choose(transaction);
      await insertSnapshot(transaction, snapshot);
    });
    if ('made' in outcome) await orderCreation(frontEnd, outcome.made);
    const id = 'made' in outcome ? outcome.made.id : outcome.known;
    return presentSnapshot(await ownSnapshot(database, id, userId));
  };
}

function whyNot(volume: Volume): ServiceFault {
  const reason =
    volume.status === 'available'
      ? `${volume.id} is attached for writing; detach it first`
      : `${volume.id} is ${volume.status}; only an available volume can be copied`;
  return new ServiceFault('IncorrectState', `${reason}.`);
}
