import { ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import { orderCreation } from '../fileOrders.js';
import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { pin } from '../metadata/files.js';
import { insertSnapshot } from '../metadata/snapshots.js';
import type { Volume } from '../metadata/volumes.js';
import { doOnce } from './doOnce.js';
import { presentSnapshot } from './present.js';
import { checkLength, ownSnapshot, ownVolume, tokenUse } from './validate.js';

const MAX_DESCRIPTION = 255;

/**
 * Create-snapshot (paper, section 4.1 (2)): like create-volume, with a copy of the volume file. A volume that an
 * instance is writing is refused: a copy of it would be torn.
 */
export function createSnapshot(frontEnd: FrontEnd): UserOperation<'CreateSnapshot'> {
  const { database, volumeDelegates } = frontEnd;
  return async (request, { userId }) => {
    const { volumeId, description } = request;
    const use = tokenUse('CreateSnapshot', request, userId);
    checkLength('description', description, MAX_DESCRIPTION);
    const volume = await ownVolume(database, volumeId, userId);
    const snapshot = {
      table: 'snapshots' as const,
      id: newId('snap'),
      owner: userId,
      volumeId,
      sizeBytes: volume.sizeBytes,
      description,
      orderId: newId('ord'),
      delegate: '',
    };
    const id = await doOnce(database, use, snapshot.id, async (transaction) => {
      if (!(await pin(transaction, 'volumes', volumeId))) {
        throw whyNot(await ownVolume(transaction, volumeId, userId));
      }
      snapshot.delegate = await volumeDelegates.choose(transaction);
      await insertSnapshot(transaction, snapshot);
    });
    if (id === snapshot.id) await orderCreation(frontEnd, snapshot);
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
