import { ServiceFault } from '@vbs-lustre/shared/faults';
import {
  type Attachment,
  attachmentsOf,
  insertAttachment,
  moveAttachment,
  type NewAttachment,
  removeAttachment,
} from './metadata/attachments.js';
import {
  answerTokens,
  releaseToken,
  releaseTokens,
  type TokenUse,
} from './metadata/clientTokens.js';
import { type Database, isUniqueViolation, violatedKey } from './metadata/database.js';
import type { AttachmentStatus } from './metadata/states.js';
import { findVolume, leavePlace, lockVolume, takePlace } from './metadata/volumes.js';
import { doOnce } from './operations/doOnce.js';
import { presentAttachment } from './operations/present.js';
import { refuseModifying } from './operations/refuseModifying.js';
import { checkQuotas, type Quotas } from './quotas.js';

/**
 * Takes a place on the volume and writes the attachment down, in one transaction, before any hypervisor is asked.
 * @returns undefined if the same request with the same client token did so before
 * @throws {ServiceFault} `VolumeInUse`, `IncorrectState`, `AttachmentLimitExceeded`, or `InvalidParameterValue` if the device is taken
 */
export async function reserveAttachment(
  database: Database,
  wanted: NewAttachment,
  use: TokenUse,
  quotas: Quotas = {},
): Promise<Attachment | undefined> {
  let attachment: Attachment | undefined;
  try {
    await doOnce(database, use, wanted.orderId, async (transaction) => {
      const adding = { attachments: 1 };
      await checkQuotas(transaction, quotas, use.owner, adding, 'AttachmentLimitExceeded');
      if (!(await takePlace(transaction, wanted.volumeId, wanted.mode))) throw new NoPlace();
      attachment = await insertAttachment(transaction, wanted);
    });
    return attachment;
  } catch (error) {
    if (error instanceof NoPlace) throw await whyNoPlace(database, wanted);
    if (isUniqueViolation(error)) throw await whyTaken(database, wanted, violatedKey(error));
    throw error;
  }
}

/** The hypervisor's own list shows it. @returns false if its wait has ended another way meanwhile */
export function attached(database: Database, attachment: Attachment): Promise<boolean> {
  return database.transaction(async (transaction) => {
    if (!(await moveAttachment(transaction, attachment, 'attaching', 'attached'))) return false;
    const answer = presentAttachment({ ...attachment, status: 'attached' });
    await answerTokens(transaction, attachment.orderId, answer);
    return true;
  });
}

/**
 * Begins a detach, together with its client token.
 * @returns whether it was this request that began it
 */
export async function beginDetach(
  database: Database,
  attachment: Attachment,
  from: readonly AttachmentStatus[],
  use: TokenUse,
): Promise<boolean> {
  const begin = async (transaction: Database): Promise<boolean> => {
    for (const status of from) {
      if (await moveAttachment(transaction, attachment, status, 'detaching')) return true;
    }
    return false;
  };
  let begun: boolean | undefined;
  const answer = presentAttachment({ ...attachment, status: 'detaching' });
  await doOnce(
    database,
    use,
    attachment.orderId,
    async (transaction) => {
      begun = await begin(transaction);
    },
    answer,
  );
  return begun ?? begin(database);
}

/** Takes a detach back: the volume surely is still attached. */
export async function stillAttached(
  database: Database,
  attachment: Attachment,
  use: TokenUse,
): Promise<void> {
  await database.transaction(async (transaction) => {
    await moveAttachment(transaction, attachment, 'detaching', 'attached');
    await releaseToken(transaction, use);
  });
}

/**
 * Gives the place back: the hypervisor's own list shows that nothing is attached, and the order, if it should still
 * arrive, will be refused. So it does not matter which status others have given the record meanwhile.
 * @returns false if that was done before
 */
export async function surelyNotAttached(
  database: Database,
  attachment: Attachment,
  alongside: (transaction: Database) => Promise<void> = async () => {},
): Promise<boolean> {
  return database.transaction(async (transaction) => {
    await lockVolume(transaction, attachment.volumeId);
    await alongside(transaction);
    if (!(await removeAttachment(transaction, attachment))) return false;
    await leavePlace(transaction, attachment.volumeId, attachment.mode);
    await releaseTokens(transaction, attachment.orderId);
    return true;
  });
}

class NoPlace extends Error {}

async function whyNoPlace(
  database: Database,
  { volumeId, mode }: NewAttachment,
): Promise<ServiceFault> {
  const volume = await findVolume(database, volumeId);
  if (volume) refuseModifying(volume);
  if (volume?.readOnly && mode === 'w') {
    return new ServiceFault(
      'IncorrectState',
      `${volumeId} can only be read; attach it with attachMode r.`,
    );
  }
  if (volume?.status !== 'available') {
    const status = volume?.status ?? 'deleted';
    return new ServiceFault(
      'IncorrectState',
      `${volumeId} is ${status}; only an available volume can be attached.`,
    );
  }
  if (volume.copies > 0 && mode === 'w' && volume.readers === 0) {
    return new ServiceFault(
      'IncorrectState',
      `A snapshot of ${volumeId} is being made; wait until it is available.`,
    );
  }
  const others = volume.writers > 0 ? 'for writing' : 'read-only';
  return new ServiceFault(
    'VolumeInUse',
    `${volumeId} is attached ${others}; it can be shared only if every attachment is read-only (attachMode r).`,
  );
}

async function whyTaken(
  database: Database,
  { volumeId, instanceId, vmm, device }: NewAttachment,
  key: string,
): Promise<ServiceFault> {
  // Whoever held the key may have let it go since.
  const isVolume = !key.includes('device');
  const own = isVolume ? [] : await attachmentsOf(database, volumeId);
  if (isVolume || own.some((each) => each.instanceId === instanceId && each.vmm === vmm)) {
    return new ServiceFault('VolumeInUse', `${volumeId} is attached to ${instanceId} already.`);
  }
  return new ServiceFault(
    'InvalidParameterValue',
    `The device ${device} of ${instanceId} is in use; choose another.`,
  );
}
