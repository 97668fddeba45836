import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { vbslustre } from '@vbs-lustre/wsdl';
import { beginDetach, stillAttached, surelyNotAttached } from '../attachments.js';
import type { FrontEnd, UserOperation } from '../frontEnd.js';
import {
  type Attachment,
  attachmentsOf,
  findAttachment,
  moveAttachment,
} from '../metadata/attachments.js';
import { findUse, type KnownUse, type TokenUse } from '../metadata/clientTokens.js';
import { endDryRun } from './dryRun.js';
import { forceDetach } from './forceDetach.js';
import { presentAttachment } from './present.js';
import { checkDevice, ownVolume, tokenUse } from './validate.js';

/**
 * Detach-volume (paper, section 4.1 (4)): the place on the volume is given back only when the hypervisor's own list
 * shows that the device is gone, or when the owner takes the risk of a host that will never say so.
 */
export function detachVolume(frontEnd: FrontEnd): UserOperation<'DetachVolume'> {
  const { database, vmmDelegates } = frontEnd;
  return async (request, caller) => {
    refuseSenseless(request);
    const use = tokenUse('DetachVolume', request, caller.userId);
    const before = await findUse(database, use);
    // What this request has ended is not there to be looked at.
    const known = before && (await findAttachment(database, before.resourceId));
    if (before && !known) return answerAgain(before, use);
    const chosen = known ?? (await choose(frontEnd, request, caller.userId));
    if (!chosen) {
      // The same request, sent twice at once, may have ended it since.
      const since = await findUse(database, use);
      if (since) return answerAgain(since, use);
      const none = `${request.volumeId} has no such attachment.`;
      throw new ServiceFault('InvalidAttachment.NotFound', none);
    }
    if (chosen.status === 'attaching' && !request.force) {
      throw new ServiceFault(
        'IncorrectState',
        `${chosen.volumeId} is being attached; wait until that has ended.`,
      );
    }
    // Of a detach that began before this one nothing is known: only who began it takes it back.
    const from = request.force ? (['attached', 'attaching'] as const) : (['attached'] as const);
    const begun = await beginDetach(database, chosen, from, use);
    const attachment: Attachment = { ...chosen, status: 'detaching' };
    if (request.force) return forceDetach(frontEnd, attachment, request, use, caller);
    const proof = await vmmDelegates.detach(attachment).catch(async (error) => {
      if (error instanceof ServiceFault && begun) await stillAttached(database, attachment, use);
      throw error;
    });
    if (proof === 'done') await surelyNotAttached(database, attachment);
    // The one that began it may have taken it back meanwhile.
    else await moveAttachment(database, attachment, 'attached', 'detaching');
    return presentAttachment(attachment);
  };
}

function refuseSenseless({ force, acceptRisk }: vbslustre.DetachVolume): void {
  if (!acceptRisk || force) return;
  throw new ServiceFault(
    'InvalidParameterCombination',
    'The parameter acceptRisk goes with force: without it a detach risks nothing.',
  );
}

function answerAgain({ answer }: KnownUse, use: TokenUse): vbslustre.Attachment {
  endDryRun(use);
  return answer as vbslustre.Attachment;
}

/** The one attachment that the request means, if there is one. */
async function choose(
  { database }: FrontEnd,
  request: vbslustre.DetachVolume,
  userId: string,
): Promise<Attachment | undefined> {
  const { volumeId, instanceId, vmm } = request;
  await ownVolume(database, volumeId, userId);
  const device = request.device === undefined ? undefined : checkDevice(request.device);
  const meant = (await attachmentsOf(database, volumeId)).filter(
    (each) =>
      (instanceId === undefined || each.instanceId === instanceId) &&
      (vmm === undefined || each.vmm === vmm) &&
      (device === undefined || each.device === device),
  );
  const [attachment, ...more] = meant;
  if (more.length > 0) {
    throw new ServiceFault(
      'MissingParameter',
      `${volumeId} is attached ${meant.length} times; give instanceId (and vmm) too.`,
    );
  }
  return attachment;
}
