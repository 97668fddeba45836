import type { vmmDelegate } from '@vbs-lustre/wsdl';
import { attached, surelyNotAttached } from '../attachments.js';
import { isInstance } from '../delegates/vmmDelegates.js';
import type { FrontEnd } from '../frontEnd.js';
import type { Attachment } from '../metadata/attachments.js';
import { type Action, recordEvent } from '../metadata/events.js';

/** How a look at an attachment that was under way has ended. */
export type End = 'attached' | 'detached' | 'unknown';

/** Whether a device that a hypervisor shows is the one of a record, and of no other order, whatever its mode and state. */
export function isSame(record: Attachment, seen: vmmDelegate.Attachment): boolean {
  return (
    seen.volumeId === record.volumeId &&
    isInstance(seen, record.instanceId) &&
    seen.device === record.device &&
    (seen.orderId === undefined || seen.orderId === record.orderId)
  );
}

/**
 * Ends an attachment that is under way for longer than any answer is waited for: what the hypervisor shows as attached
 * is attached; everything else is detached, which also has a late attach order refused, and then forgotten.
 *
 * @param list what the hypervisor of its host shows
 * @throws {ServiceFault} if it surely is still attached
 */
export async function endAttachment(
  frontEnd: FrontEnd,
  attachment: Attachment,
  list: readonly vmmDelegate.Attachment[],
): Promise<End> {
  const { vmmDelegates } = frontEnd;
  const isWorking = list.some(
    (seen) =>
      isSame(attachment, seen) && seen.attachMode === attachment.mode && seen.state === 'attached',
  );
  if (attachment.status === 'attaching' && isWorking) {
    const reason = 'the hypervisor shows it; the answer was lost';
    await note(frontEnd, attachment, 'attachment-confirmed', reason, (transaction) =>
      attached(transaction, attachment),
    );
    return 'attached';
  }
  if ((await vmmDelegates.detach(attachment)) === 'unknown') return 'unknown';
  const reason = `the hypervisor shows no such device; it was ${attachment.status}`;
  await note(frontEnd, attachment, 'attachment-ended', reason, (transaction) =>
    surelyNotAttached(transaction, attachment),
  );
  return 'detached';
}

/** Changes a record, and writes the event down if that changed something, in one transaction. */
export async function note(
  { database, instance }: FrontEnd,
  { volumeId, orderId, instanceId, vmm, device, mode }: Attachment,
  action: Action,
  reason: string,
  change: (transaction: FrontEnd['database']) => Promise<boolean>,
): Promise<boolean> {
  return database.transaction(async (transaction) => {
    if (!(await change(transaction))) return false;
    const details = { orderId, instanceId, vmm, device, mode };
    await recordEvent(transaction, { instance, subjectId: volumeId, action, reason, details });
    return true;
  });
}
