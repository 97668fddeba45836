import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { Caller } from '@vbs-lustre/shared/soap/endpoint';
import type { vbslustre } from '@vbs-lustre/wsdl';
import { surelyNotAttached } from '../attachments.js';
import type { FrontEnd } from '../frontEnd.js';
import type { Attachment } from '../metadata/attachments.js';
import { changeAnswer, type TokenUse } from '../metadata/clientTokens.js';
import { recordEvent } from '../metadata/events.js';
import { presentAttachment } from './present.js';

type Answer = Omit<vbslustre.DetachVolumeResponse, 'requestId'>;

/**
 * Detaches from a machine that does not let go, or from a host that may be gone for good. If the host answers, its word
 * counts as ever. If it does not, only the
 * owner can say that the machine no longer runs: then the host's claims are removed first, since a crash after that leaves
 * a record that can be forced again, and the place is given back last.
 *
 * @throws {ServiceFault} `IncorrectState` if the host still has the device, or the risk was not accepted
 */
export async function forceDetach(
  { database, instance, vmmDelegates, volumeDelegates }: FrontEnd,
  attachment: Attachment,
  { acceptRisk }: vbslustre.DetachVolume,
  use: TokenUse,
  { userId, log }: Caller,
): Promise<Answer> {
  const { volumeId, instanceId, vmm, mode, orderId } = attachment;
  const word = await vmmDelegates.detachByForce(attachment);
  if (word === 'alive') throw stillThere(attachment);
  if (word === 'done') {
    await surelyNotAttached(database, attachment);
    return presentAttachment(attachment);
  }
  if (!acceptRisk) throw notConfirmed(attachment);
  const reason = `${userId} took the risk: the host ${vmm} does not answer`;
  const details = { userId, volumeId, instanceId, vmm, mode, orderId };
  log.warn('a volume is detached by force, without the word of its host', details);
  await volumeDelegates.releaseClaims(volumeId, vmm);
  const answer = { ...presentAttachment(attachment), warning: warning(attachment) };
  await surelyNotAttached(database, attachment, async (transaction) => {
    await changeAnswer(transaction, use, answer);
    const action = 'force-detached';
    await recordEvent(transaction, { instance, subjectId: volumeId, action, reason, details });
  });
  return answer;
}

function stillThere({ volumeId, instanceId, vmm }: Attachment): ServiceFault {
  return new ServiceFault(
    'IncorrectState',
    `The host ${vmm} answers, and could not take ${volumeId} from ${instanceId} by force either. ` +
      `Shut ${instanceId} down, or try again later.`,
  );
}

function notConfirmed({ volumeId, instanceId, vmm }: Attachment): ServiceFault {
  return new ServiceFault(
    'IncorrectState',
    `The host ${vmm} does not answer, so ${instanceId} may still be writing to ${volumeId}; if another machine writes ` +
      `to it then, its file system is destroyed. It is detached as soon as the host answers. If the host is gone for ` +
      'good, make sure that it is switched off, and repeat this with acceptRisk=true.',
  );
}

function warning({ volumeId, instanceId, vmm }: Attachment): string {
  return (
    `The host ${vmm} has not confirmed this. If ${instanceId} still runs there, it may still be writing to ${volumeId}: ` +
    'make sure that the host is switched off before the volume is attached elsewhere, or its file system is destroyed.'
  );
}
