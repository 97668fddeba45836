import { ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import type { vbslustre } from '@vbs-lustre/wsdl';
import { attached, reserveAttachment, surelyNotAttached } from '../attachments.js';
import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { findAttachment } from '../metadata/attachments.js';
import { findUse, type TokenUse } from '../metadata/clientTokens.js';
import type { Database } from '../metadata/database.js';
import { endDryRun } from './dryRun.js';
import { presentAttachment } from './present.js';
import { checkDevice, checkName, ownVolume, tokenUse } from './validate.js';

/**
 * Attach-volume (paper, sections 4.1 (3) and 4.3): the place is taken in the database before the hypervisor is asked,
 * and given back only when the hypervisor's own list shows that nothing is attached.
 */
export function attachVolume({
  database,
  vmmDelegates,
  quotas,
}: FrontEnd): UserOperation<'AttachVolume'> {
  return async (request, { userId }) => {
    const use = tokenUse('AttachVolume', request, userId);
    const before = await attachedBefore(database, use);
    if (before) return before;
    const wanted = {
      orderId: newId('ord'),
      volumeId: request.volumeId,
      instanceId: checkName('instanceId', request.instanceId),
      vmm: checkName('vmm', request.vmm),
      device: checkDevice(request.device),
      mode: request.attachMode,
    };
    await ownVolume(database, wanted.volumeId, userId);
    await vmmDelegates.checkHost(wanted.vmm);
    const attachment = await reserveAttachment(database, wanted, use, quotas);
    if (!attachment) {
      // The same request, given twice at once: the other one has just begun, or failed.
      const other = await attachedBefore(database, use);
      if (other) return other;
      throw new ServiceFault('Unavailable', `${wanted.volumeId} was not attached; try again.`);
    }
    const proof = await vmmDelegates.attach(attachment).catch(async (error) => {
      if (error instanceof ServiceFault) await surelyNotAttached(database, attachment);
      throw error;
    });
    if (proof === 'unknown' || !(await attached(database, attachment))) {
      throw outcomeUnknown(wanted.volumeId);
    }
    return presentAttachment({ ...attachment, status: 'attached' });
  };
}

/** What the same request with the same client token has done, as it is now or as it was when it was done. */
async function attachedBefore(
  database: Database,
  use: TokenUse,
): Promise<vbslustre.Attachment | undefined> {
  const known = await findUse(database, use);
  if (!known) return undefined;
  endDryRun(use);
  if (known.answer) return known.answer as vbslustre.Attachment;
  const attachment = await findAttachment(database, known.resourceId);
  return attachment && presentAttachment(attachment);
}

function outcomeUnknown(volumeId: string): ServiceFault {
  return new ServiceFault(
    'Unavailable',
    `It is not known yet whether ${volumeId} was attached; describe it in a minute to see.`,
  );
}
