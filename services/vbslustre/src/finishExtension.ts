import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { FrontEnd } from './frontEnd.js';
import { type Attachment, attachmentsOf } from './metadata/attachments.js';
import { completeModification, noteWaiting } from './metadata/modifications.js';
import { findVolume, type Volume } from './metadata/volumes.js';

/**
 * Tells those who have a volume that its file has become larger; then it has its new size. Nobody gets it meanwhile; who lets it
 * go need not be told. What can't be told now is told later.
 */
export async function finishExtension(frontEnd: FrontEnd, volumeId: string): Promise<void> {
  const { database } = frontEnd;
  const volume = await findVolume(database, volumeId);
  if (volume?.status !== 'modifying' || !volume.isExtended) return;
  for (const attachment of await attachmentsOf(database, volumeId)) {
    const reason = await tell(frontEnd, volume, attachment);
    if (reason !== undefined) return noteWaiting(database, volume, reason);
  }
  await completeModification(database, volume);
}

/** @returns why the machine does not know yet */
async function tell(
  { vmmDelegates }: FrontEnd,
  { sizeBytes, targetSizeBytes = sizeBytes }: Volume,
  attachment: Attachment,
): Promise<string | undefined> {
  const { instanceId, vmm, status } = attachment;
  if (status !== 'attached') return `it is ${status}`;
  try {
    const proof = await vmmDelegates.resize(attachment, targetSizeBytes);
    return proof === 'done' ? undefined : `${vmm} has not told ${instanceId} of the size yet`;
  } catch (error) {
    if (error instanceof ServiceFault) return error.message;
    throw error;
  }
}
