import { ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { type Attachment, attachmentsOf } from '../metadata/attachments.js';
import { findUse, tell } from '../metadata/clientTokens.js';
import { type Extension, startModifying } from '../metadata/modifications.js';
import { lockVolume, type Volume } from '../metadata/volumes.js';
import { checkQuotas } from '../quotas.js';
import { orderExtension } from '../volumeExtension.js';
import { doOnce } from './doOnce.js';
import { endDryRun } from './dryRun.js';
import { presentVolume } from './present.js';
import { refuseModifying } from './refuseModifying.js';
import { ownVolume, ownVolumeWithAttachments, tokenUse } from './validate.js';
import { largerSize } from './volumeSize.js';

/**
 * Extends a volume, as EC2's ModifyVolume does: it is `modifying`, and has its old size, until its file has the new one and is
 * on disk, and the machine that has it knows.
 */
export function modifyVolume(frontEnd: FrontEnd): UserOperation<'ModifyVolume'> {
  const { database, volumeDelegates, vmmDelegates, maxVolumeSizeGiB, quotas } = frontEnd;
  return async (request, { userId }) => {
    const { volumeId } = request;
    const use = tokenUse('ModifyVolume', request, userId);
    let begun: Extension | undefined;
    if (!(await findUse(database, use))) {
      const volume = await ownVolume(database, volumeId, userId);
      const { sizeBytes } = volume;
      const targetSizeBytes = largerSize(request, volume, maxVolumeSizeGiB);
      const attachments = await attachmentsOf(database, volumeId);
      for (const { vmm } of attachments) await vmmDelegates.checkResizes(vmm);
      await doOnce(database, use, volumeId, async (transaction) => {
        const adding = { bytes: targetSizeBytes - sizeBytes };
        await checkQuotas(transaction, quotas, userId, adding, 'VolumeLimitExceeded');
        await lockVolume(transaction, volumeId);
        refuseUnfit(await ownVolume(transaction, volumeId, userId));
        refusePassing(await attachmentsOf(transaction, volumeId), attachments);
        const delegate = await volumeDelegates.choose(transaction);
        const ids = { id: volumeId, orderId: newId('ord'), delegate };
        const extension = { ...ids, sizeBytes, targetSizeBytes };
        if (!(await startModifying(transaction, extension))) throw changedMeanwhile(volumeId);
        begun = extension;
      });
    }
    if (begun) {
      await orderExtension(frontEnd, begun, use);
    } else {
      endDryRun(use);
      if (!(await tell(database, use))) throw changedMeanwhile(volumeId);
    }
    return presentVolume(await ownVolumeWithAttachments(database, volumeId, userId));
  };
}

/** @throws {ServiceFault} `IncorrectState` */
function refuseUnfit(volume: Volume): void {
  const { id, status, readers, copies, liveCopies, readOnly } = volume;
  if (readOnly) {
    throw new ServiceFault(
      'IncorrectState',
      `${id} can only be read, and has the size of its snapshot; make a larger volume from that.`,
    );
  }
  refuseModifying(volume);
  if (status !== 'available') {
    throw new ServiceFault(
      'IncorrectState',
      `${id} is ${status}; only an available volume can be extended.`,
    );
  }
  if (readers > 0) {
    throw new ServiceFault(
      'IncorrectState',
      `${id} is attached read-only, and a machine cannot be told of the size of such a disk; detach it first.`,
    );
  }
  if (copies + liveCopies === 0) return;
  throw new ServiceFault(
    'IncorrectState',
    `A snapshot of ${id} is being made; wait until it is available.`,
  );
}

/**
 * @param checked those whose hypervisors can tell their machines
 * @throws {ServiceFault} `IncorrectState`
 */
function refusePassing(all: readonly Attachment[], checked: readonly Attachment[]): void {
  for (const { orderId, volumeId, status } of all) {
    if (status !== 'attached') {
      throw new ServiceFault(
        'IncorrectState',
        `${volumeId} is ${status}; wait until that has ended.`,
      );
    }
    if (!checked.some((each) => each.orderId === orderId)) throw changedMeanwhile(volumeId);
  }
}

function changedMeanwhile(id: string): ServiceFault {
  return new ServiceFault('Unavailable', `${id} was changed meanwhile; try again.`);
}
