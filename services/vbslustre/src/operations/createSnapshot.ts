import { ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import { orderCreation } from '../fileOrders.js';
import type { FrontEnd, UserOperation } from '../frontEnd.js';
import type { Attachment } from '../metadata/attachments.js';
import type { Database } from '../metadata/database.js';
import { insertSnapshot, type NewSnapshot } from '../metadata/snapshots.js';
import { checkQuotas } from '../quotas.js';
import { checkBegun, orderCopy } from '../snapshotCopies.js';
import { checkTags } from './checkTags.js';
import { createOnce } from './createOnce.js';
import { pinVolume } from './pinVolume.js';
import { presentSnapshot } from './present.js';
import { refuseExtended } from './refuseExtended.js';
import { checkLength, ownSnapshot, ownVolume, tokenUse } from './validate.js';
import { whyNotCopied } from './whyNotCopied.js';

const MAX_DESCRIPTION = 255;
const MAX_PAUSE_MS = 600_000;
const WHEN_WRITTEN =
  'is attached for writing, and its host cannot copy it as it is at one moment now: detach it first, or have a torn copy with force=true';

/**
 * Create-snapshot (paper, section 4.1 (2)): like create-volume, with a copy of the volume file. Of a volume that an
 * instance is writing, its host makes a copy as it is at one moment; if it can't, a copy would be torn, and that is refused
 * unless its owner wants it all the same.
 */
export function createSnapshot(frontEnd: FrontEnd): UserOperation<'CreateSnapshot'> {
  const { database, volumeDelegates, vmmDelegates, quotas, checksumSnapshots } = frontEnd;
  return async (request, { userId }) => {
    const { volumeId, description, force = false, maxPauseMilliseconds } = request;
    checkLength('description', description, MAX_DESCRIPTION);
    checkPause(maxPauseMilliseconds);
    const tags = checkTags(request.tagSet);
    const checksum = checksumSnapshots || request.checksum === true;
    const use = tokenUse('CreateSnapshot', request, userId);
    const plan = async () => {
      const { sizeBytes } = await ownVolume(database, volumeId, userId);
      const ids = { id: newId('snap'), owner: userId, volumeId, orderId: newId('ord') };
      const known = { ...ids, sizeBytes, description, checksum, tags };
      const open = { consistency: 'exact', copying: undefined, delegate: '' } as const;
      return { ...known, ...open } as NewSnapshot;
    };
    let writer: Attachment | undefined;
    let begun = new Date();
    const write = async (transaction: Database, snapshot: NewSnapshot) => {
      const adding = { snapshots: 1, bytes: snapshot.sizeBytes };
      await checkQuotas(transaction, quotas, userId, adding, 'SnapshotLimitExceeded');
      const pinned = await pinVolume(transaction, vmmDelegates, volumeId, force);
      const volume = await ownVolume(transaction, volumeId, userId);
      if (!pinned) throw whyNotCopied(volume, WHEN_WRITTEN);
      refuseExtended(volume, snapshot.sizeBytes);
      snapshot.consistency = pinned.consistency;
      writer = pinned.writer;
      snapshot.copying = writer && { ...writer, begun: false };
      snapshot.delegate = await volumeDelegates.choose(transaction);
      begun = new Date();
      await insertSnapshot(transaction, snapshot);
    };
    const check = (id: string) => checkBegun(database, id);
    const outcome = await createOnce(database, use, plan, write, check);
    if ('made' in outcome) {
      const file = outcome.made;
      if (writer) await orderCopy(frontEnd, file, writer, begun, maxPauseMilliseconds);
      else await orderCreation(frontEnd, { table: 'snapshots', ...file });
    }
    const id = 'made' in outcome ? outcome.made.id : outcome.known;
    return presentSnapshot(await ownSnapshot(database, id, userId));
  };
}

function checkPause(milliseconds: number | undefined): void {
  if (milliseconds === undefined || (milliseconds >= 0 && milliseconds <= MAX_PAUSE_MS)) return;
  throw new ServiceFault(
    'InvalidParameterValue',
    `The parameter maxPauseMilliseconds is not between 0 and ${MAX_PAUSE_MS}.`,
  );
}
