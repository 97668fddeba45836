import { newId } from '@vbs-lustre/shared/ids';
import { orderCreation } from '../fileOrders.js';
import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { type Consistency, pinAsItIs } from '../metadata/consistency.js';
import type { Database } from '../metadata/database.js';
import { pin } from '../metadata/files.js';
import { insertSnapshot } from '../metadata/snapshots.js';
import { checkQuotas } from '../quotas.js';
import { checkTags } from './checkTags.js';
import { createOnce } from './createOnce.js';
import { presentSnapshot } from './present.js';
import { refuseExtended } from './refuseExtended.js';
import { checkLength, ownSnapshot, ownVolume, tokenUse } from './validate.js';
import { whyNotCopied } from './whyNotCopied.js';

const MAX_DESCRIPTION = 255;
const WHEN_WRITTEN =
  'is attached for writing, and a copy of it now would be torn: detach it first, or have the torn copy with force=true';

/**
 * Create-snapshot (paper, section 4.1 (2)): like create-volume, with a copy of the volume file. Of a volume that an
 * instance is writing the copy would be torn: that is refused, unless its owner wants it all the same.
 */
export function createSnapshot(frontEnd: FrontEnd): UserOperation<'CreateSnapshot'> {
  const { database, volumeDelegates, quotas } = frontEnd;
  return async (request, { userId }) => {
    const { volumeId, description, force = false } = request;
    checkLength('description', description, MAX_DESCRIPTION);
    const tags = checkTags(request.tagSet);
    const use = tokenUse('CreateSnapshot', request, userId);
    const plan = async () => {
      const { sizeBytes } = await ownVolume(database, volumeId, userId);
      const ids = { id: newId('snap'), owner: userId, volumeId, orderId: newId('ord') };
      const known = { ...ids, sizeBytes, description, tags };
      const consistency = 'exact' as Consistency;
      return { table: 'snapshots' as const, ...known, consistency, delegate: '' };
    };
    const outcome = await createOnce(database, use, plan, async (transaction, snapshot) => {
      const adding = { snapshots: 1, bytes: snapshot.sizeBytes };
      await checkQuotas(transaction, quotas, userId, adding, 'SnapshotLimitExceeded');
      const consistency = await pinVolume(transaction, volumeId, force);
      const volume = await ownVolume(transaction, volumeId, userId);
      if (!consistency) throw whyNotCopied(volume, WHEN_WRITTEN);
      refuseExtended(volume, snapshot.sizeBytes);
      snapshot.consistency = consistency;
      snapshot.delegate = await volumeDelegates.choose(transaction);
      await insertSnapshot(transaction, snapshot);
    });
    if ('made' in outcome) await orderCreation(frontEnd, outcome.made);
    const id = 'made' in outcome ? outcome.made.id : outcome.known;
    return presentSnapshot(await ownSnapshot(database, id, userId));
  };
}

/** @returns what the copy will be; undefined if there is to be none */
async function pinVolume(
  transaction: Database,
  volumeId: string,
  force: boolean,
): Promise<Consistency | undefined> {
  if (force) return pinAsItIs(transaction, volumeId);
  return (await pin(transaction, 'volumes', volumeId)) ? 'exact' : undefined;
}
