import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { FrontEnd } from './frontEnd.js';
import type { Attachment } from './metadata/attachments.js';
import { noteCopy } from './metadata/copies.js';
import type { Database } from './metadata/database.js';
import { moveOrder } from './metadata/files.js';
import { findSnapshot, type NewSnapshot } from './metadata/snapshots.js';
import { takeBack } from './takeBack.js';
import { withRoom } from './warmClones.js';

/**
 * Orders the file of a snapshot that is `pending` of the host whose machine writes the volume: a Volume Delegate makes the file,
 * then the host's hypervisor begins to copy into it what the disk holds at that moment. The record is taken back if that surely
 * comes to nothing; what is not known, the reconciler finds out.
 *
 * @param begun not after the record was made: the order comes too late once the reconciler may take that back
 * @param maxPauseMilliseconds for how long the machine may be paused; if its owner has said nothing, the host decides
 * @throws {ServiceFault} unless the copy has begun
 */
export async function orderCopy(
  frontEnd: FrontEnd,
  snapshot: NewSnapshot,
  { vmm, instanceId, device, orderId: attachOrderId }: Attachment,
  begun: Date,
  maxPauseMilliseconds?: number,
): Promise<void> {
  const { database, volumeDelegates, vmmDelegates } = frontEnd;
  const { id: snapshotId, orderId, sizeBytes, volumeId, delegate } = snapshot;
  const file = { table: 'snapshots' as const, ...snapshot };
  const part = { snapshotId, orderId, sizeBytes };
  const prepare = () =>
    volumeDelegates.order(
      delegate,
      (client) => client.PrepareSnapshotFile(part),
      (name) => moveOrder(database, 'snapshots', snapshot, name),
    );
  const prepared = await withRoom(frontEnd, { bytes: sizeBytes }, prepare).catch(async (error) => {
    if (error instanceof ServiceFault) await takeBack(frontEnd, file, error);
    throw error;
  });
  if (prepared === 'unknown') throw notKnown(volumeId);
  const place = { snapshotId, vmm, instanceId };
  const proof = await vmmDelegates
    .startCopy({ ...place, ...part, volumeId, device, attachOrderId, begun, maxPauseMilliseconds })
    .catch(async (error) => {
      const isNothing = error instanceof ServiceFault && (await dropFile(frontEnd, part));
      if (isNothing) await takeBack(frontEnd, file, error);
      throw error;
    });
  if (proof === 'unknown') throw notKnown(volumeId);
  // Of one that is done already, more is known.
  await noteCopy(database, snapshot, 0);
}

/** Removes the file of a copy that came to nothing. @returns whether that is done */
export async function dropFile(
  { volumeDelegates }: FrontEnd,
  part: { snapshotId: string; orderId: string; sizeBytes: number },
): Promise<boolean> {
  return (await volumeDelegates.look((client) => client.DropSnapshotFile(part))) !== undefined;
}

/**
 * A snapshot is told of when it is known of which moment it is.
 * @throws {ServiceFault} `Unavailable` if that may be one that is yet to come
 */
export async function checkBegun(database: Database, snapshotId: string): Promise<void> {
  const snapshot = await findSnapshot(database, snapshotId);
  const { status, copying } = snapshot ?? {};
  if (snapshot && status === 'pending' && copying && !copying.begun) {
    throw notKnown(snapshot.volumeId);
  }
}

function notKnown(volumeId: string): ServiceFault {
  return new ServiceFault(
    'Unavailable',
    `It is not known yet whether ${volumeId} is being copied; repeat this with the same clientToken in a minute.`,
  );
}
