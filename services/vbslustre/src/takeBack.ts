import type { ServiceFault } from '@vbs-lustre/shared/faults';
import type { OrderedFile } from './fileOrders.js';
import { fileEnded } from './fileOutcomes.js';
import type { FrontEnd } from './frontEnd.js';
import { releaseUntold } from './metadata/clientTokens.js';
import type { Database } from './metadata/database.js';
import { remove, tableOf, unpin } from './metadata/files.js';
import { WARM } from './metadata/warmClones.js';
import { verificationEnded } from './verification.js';

/**
 * Removes the record of a file that surely is not being made; if a retry was told of it, it has failed instead, as has a
 * verification: who has asked for it meanwhile is not to take what was found before for what is found now.
 * @returns false if it is, or was, made: by another order
 */
export async function takeBack(
  frontEnd: FrontEnd,
  file: OrderedFile,
  { code, message }: ServiceFault,
): Promise<boolean> {
  const { database } = frontEnd;
  if (file.table === 'verifications') {
    return verificationEnded(frontEnd, file, 'failed', { message });
  }
  // That is shown to whoever wants it ready, and for a while no other is made.
  if ('owner' in file && file.owner === WARM && code === 'InsufficientVolumeCapacity') {
    return fileEnded(database, file.table, file, 'failed', { message });
  }
  const removed = database.transaction(async (transaction) => {
    const wait = { id: file.id, orderId: file.orderId, status: 'pending' as const };
    if (!(await remove(transaction, file.table, wait))) return false;
    if (!(await releaseUntold(transaction, file.id))) throw new Told();
    await unpinSource(transaction, file);
    return true;
  });
  return removed.catch((error) => {
    if (!(error instanceof Told)) throw error;
    return fileEnded(database, file.table, file, 'failed', { message });
  });
}

class Told extends Error {}

/** Lets go of what the file was to be copied from. */
async function unpinSource(
  transaction: Database,
  file: Exclude<OrderedFile, { table: 'verifications' }>,
): Promise<void> {
  if (file.table === 'exports') {
    await unpin(transaction, tableOf(file.sourceId), file.sourceId);
  } else if (file.table === 'snapshots') {
    await unpin(transaction, 'volumes', file.volumeId, file.consistency);
  } else if (file.snapshotId !== undefined) {
    await unpin(transaction, 'snapshots', file.snapshotId);
  }
}
