import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { vbslustre } from '@vbs-lustre/wsdl';
import { surelyNotAttached } from '../attachments.js';
import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { type Attachment, attachmentsOf, moveAttachment } from '../metadata/attachments.js';
import { presentAttachment } from './present.js';
import { checkDevice, ownVolume } from './validate.js';

/**
 * Detach-volume (paper, section 4.1 (4)): the place on the volume is given back only when the hypervisor's own list
 * shows that the device is gone.
 */
export function detachVolume({ database, vmmDelegates }: FrontEnd): UserOperation<'DetachVolume'> {
  return async (request, { userId }) => {
    const { id: volumeId } = await ownVolume(database, request.volumeId, userId);
    const chosen = choose(await attachmentsOf(database, volumeId), request);
    if (chosen.status === 'attaching') {
      throw new ServiceFault(
        'IncorrectState',
        `${volumeId} is being attached; wait until that has ended.`,
      );
    }
    // Of a detach that began before this one nothing is known: only who began it takes it back.
    const begun = await moveAttachment(database, chosen, 'attached', 'detaching');
    const attachment: Attachment = { ...chosen, status: 'detaching' };
    const proof = await vmmDelegates.detach(attachment).catch(async (error) => {
      if (error instanceof ServiceFault && begun) {
        await moveAttachment(database, attachment, 'detaching', 'attached');
      }
      throw error;
    });
    if (proof === 'done') await surelyNotAttached(database, attachment);
    // The one that began it may have taken it back meanwhile.
    else await moveAttachment(database, attachment, 'attached', 'detaching');
    return presentAttachment(attachment);
  };
}

/** The one attachment that the request means. */
function choose(all: readonly Attachment[], request: vbslustre.DetachVolume): Attachment {
  const { volumeId, instanceId, vmm } = request;
  const device = request.device === undefined ? undefined : checkDevice(request.device);
  const meant = all.filter(
    (each) =>
      (instanceId === undefined || each.instanceId === instanceId) &&
      (vmm === undefined || each.vmm === vmm) &&
      (device === undefined || each.device === device),
  );
  const [attachment, ...more] = meant;
  if (!attachment) {
    throw new ServiceFault('InvalidAttachment.NotFound', `${volumeId} has no such attachment.`);
  }
  if (more.length > 0) {
    throw new ServiceFault(
      'MissingParameter',
      `${volumeId} is attached ${meant.length} times; give instanceId (and vmm) too.`,
    );
  }
  return attachment;
}
