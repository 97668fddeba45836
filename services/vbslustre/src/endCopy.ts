import type { CopyPlace } from './delegates/vmmDelegates.js';
import type { FrontEnd } from './frontEnd.js';
import { isDeletedFor } from './metadata/copies.js';
import type { Snapshot } from './metadata/snapshots.js';

/** A host that is silent for so long may be gone for good. */
export const SILENT_SECONDS = 300;

/** Where the copy of a snapshot is. */
export function placeOf({ id, copying }: Pick<Snapshot, 'id'> & Partial<Snapshot>): CopyPlace {
  return { snapshotId: id, vmm: copying?.vmm ?? '', instanceId: copying?.instanceId ?? '' };
}

/**
 * Has the hypervisor end its copy of a snapshot that is deleted before it was complete.
 * @returns false if it may still write to the file
 */
export async function endCancelledCopy(
  { database, vmmDelegates }: FrontEnd,
  snapshot: Pick<Snapshot, 'id' | 'orderId'> & Partial<Snapshot>,
): Promise<boolean> {
  if (!snapshot.cancelled || !snapshot.copying) return true;
  if (await vmmDelegates.endCopy(placeOf(snapshot))) return true;
  // When the file is gone, what the host may still write goes nowhere.
  return isDeletedFor(database, snapshot, SILENT_SECONDS);
}
