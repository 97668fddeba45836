import { ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import { attached, reserveAttachment, surelyNotAttached } from '../attachments.js';
import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { presentAttachment } from './present.js';
import { checkDevice, checkName, ownVolume } from './validate.js';

/**
 * Attach-volume (paper, sections 4.1 (3) and 4.3): the place is taken in the database before the hypervisor is asked,
 * and given back only when the hypervisor's own list shows that nothing is attached.
 */
export function attachVolume({ database, vmmDelegates }: FrontEnd): UserOperation<'AttachVolume'> {
  return async (request, { userId }) => {
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
    const attachment = await reserveAttachment(database, wanted);
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

function outcomeUnknown(volumeId: string): ServiceFault {
  return new ServiceFault(
    'Unavailable',
    `It is not known yet whether ${volumeId} was attached; describe it in a minute to see.`,
  );
}
