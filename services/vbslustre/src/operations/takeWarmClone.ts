import { rebindToken, type TokenUse } from '../metadata/clientTokens.js';
import type { Database } from '../metadata/database.js';
import { unpin } from '../metadata/files.js';
import type { NewVolume } from '../metadata/volumes.js';
import { claimWarmClone } from '../metadata/warmClones.js';

/**
 * Has a volume of a pinned snapshot be one that is kept ready, if it is to be like those: then its file is there, and nothing is
 * to be ordered. It gets the id of that.
 *
 * @returns false if it is to be made
 */
export async function takeWarmClone(
  transaction: Database,
  use: TokenUse,
  volume: NewVolume,
): Promise<boolean> {
  const { snapshotId, volumeType, readOnly } = volume;
  if (snapshotId === undefined || volumeType !== undefined || readOnly) return false;
  const id = await claimWarmClone(transaction, volume);
  if (id === undefined) return false;
  volume.id = id;
  await rebindToken(transaction, use, id);
  // Nothing is copied from it.
  await unpin(transaction, 'snapshots', snapshotId);
  return true;
}
