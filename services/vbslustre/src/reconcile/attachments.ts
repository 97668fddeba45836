import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { attached, surelyNotAttached } from '../attachments.js';
import type { FrontEnd } from '../frontEnd.js';
import { type Attachment, attachmentsUnderWay } from '../metadata/attachments.js';
import { forEachGroup } from './groups.js';

/**
 * Ends attachments that are under way for longer than any answer is waited for: what the hypervisor shows as attached is
 * attached; everything else is detached, which also has a late attach order refused, and then forgotten.
 */
export async function reconcileAttachments(
  frontEnd: FrontEnd,
  patienceMs: number,
  log: Log,
): Promise<void> {
  const since = new Date(Date.now() - patienceMs);
  await forEachGroup(
    await attachmentsUnderWay(frontEnd.database, since),
    ({ vmm }) => vmm,
    async (attachment) => {
      const { volumeId, orderId } = attachment;
      try {
        const end = await endOf(frontEnd, attachment);
        log.info('an attachment was looked after', { volumeId, orderId, end });
      } catch (error) {
        log.warn('an attachment cannot be ended', { volumeId, orderId, ...errorFields(error) });
      }
    },
  );
}

async function endOf(
  { database, vmmDelegates }: FrontEnd,
  attachment: Attachment,
): Promise<'attached' | 'detached' | 'unknown'> {
  if (attachment.status === 'attaching') {
    const seen = await vmmDelegates.isAttached(attachment);
    if (seen === 'unknown') return 'unknown';
    if (seen) {
      await attached(database, attachment);
      return 'attached';
    }
  }
  if ((await vmmDelegates.detach(attachment)) === 'unknown') return 'unknown';
  await surelyNotAttached(database, attachment);
  return 'detached';
}
