import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { vbslustre } from '@vbs-lustre/wsdl';
import { delegateName } from '../delegates/subjects.js';
import type { Callback, FrontEnd } from '../frontEnd.js';
import type { Database } from '../metadata/database.js';
import { tableOf } from '../metadata/files.js';
import { findSnapshot } from '../metadata/snapshots.js';
import { findVolume } from '../metadata/volumes.js';

/**
 * The Volume Delegate that makes a file has another one copy a range of it. Nothing is written down: the one that has the order asks
 * until the range is copied. Delegates do not obey each other: that the file is to be made by whoever asks is known here.
 */
export function copyRange({ database, volumeDelegates }: FrontEnd): Callback<'CopyRange'> {
  return async ({ delegate, exceptSet, ...range }, { userId }) => {
    const maker = delegateName(userId);
    // An end comes just when nobody waits any more, and whoever knows the attempt and the worker may ask for it.
    if (maker === undefined || !(range.end || (await isMaking(database, maker, range)))) {
      throw new ServiceFault(
        'IncorrectState',
        `${range.fileId} is not, or no longer, waited for from you.`,
      );
    }
    if (delegate !== undefined) return volumeDelegates.copyRange(delegate, range);
    const asked = exceptSet?.item.map(({ name }) => name) ?? [];
    return volumeDelegates.findHelper([maker, ...asked], range);
  };
}

type Range = Omit<vbslustre.CopyRange, 'delegate' | 'exceptSet'>;

async function isMaking(
  database: Database,
  maker: string,
  { orderId, fileId, sizeBytes, sourceId }: Range,
): Promise<boolean> {
  const isSnapshot = tableOf(fileId) === 'snapshots';
  const snapshot = isSnapshot ? await findSnapshot(database, fileId) : undefined;
  const volume = isSnapshot ? undefined : await findVolume(database, fileId);
  const file = snapshot ?? volume;
  const source = snapshot?.volumeId ?? volume?.snapshotId;
  return (
    file?.status === 'pending' &&
    file.orderId === orderId &&
    file.delegate === maker &&
    file.sizeBytes === sizeBytes &&
    source === sourceId
  );
}
