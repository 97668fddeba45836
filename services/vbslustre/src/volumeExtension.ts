import { ServiceFault } from '@vbs-lustre/shared/faults';
import { applyAnswer } from './fileOrders.js';
import { isFailed } from './fileOutcomes.js';
import type { FrontEnd } from './frontEnd.js';
import { giveExtension } from './giveExtension.js';
import { releaseIfUntold, type TokenUse } from './metadata/clientTokens.js';
import type { NewEvent } from './metadata/events.js';
import { type Extension, failModification, forgetModification } from './metadata/modifications.js';
import { findVolume } from './metadata/volumes.js';
import { orderWithRoom } from './orderWithRoom.js';

/**
 * Orders the extension of a volume that is `modifying`, and takes that back if no delegate will do it. If it can't be known
 * whether a delegate has the order, it stays, and the reconciler finds out.
 *
 * @throws {ServiceFault} `InsufficientVolumeCapacity`, `Unavailable`
 */
export async function orderExtension(
  frontEnd: FrontEnd,
  extension: Extension,
  use: TokenUse,
): Promise<void> {
  const { database } = frontEnd;
  const file = { table: 'volumes' as const, snapshotId: undefined, ...extension };
  const need = { bytes: extension.targetSizeBytes - extension.sizeBytes };
  const give = giveExtension(database, extension);
  const answer = await orderWithRoom(frontEnd, file, need, give).catch(async (error) => {
    if (error instanceof ServiceFault && !(await takeBack(frontEnd, extension, use, error)))
      return 'unknown' as const;
    throw error;
  });
  await applyAnswer(frontEnd, file, answer);
}

/**
 * What the owner of a volume is told of an extension that has failed.
 * @param state that its order has ended in
 */
export async function failureEvent(
  { database, instance }: FrontEnd,
  { id, orderId }: Pick<Extension, 'id' | 'orderId'>,
  state: string,
  message: string | undefined,
): Promise<NewEvent | undefined> {
  if (!isFailed(state)) return undefined;
  const volume = await findVolume(database, id);
  if (volume?.status !== 'modifying' || volume.orderId !== orderId) return undefined;
  const reason = message ?? 'the file could not be extended';
  const details = { orderId, sizeBytes: volume.sizeBytes, target: volume.targetSizeBytes };
  return { instance, subjectId: id, action: 'extension-failed', reason, details };
}

/**
 * Nobody has begun it; if a retry was told of it, it has failed instead.
 * @returns false if somebody has, or had: under another order
 */
async function takeBack(
  { database }: FrontEnd,
  extension: Extension,
  use: TokenUse,
  { message }: ServiceFault,
): Promise<boolean> {
  const taken = database.transaction(async (transaction) => {
    const isUntold = await releaseIfUntold(transaction, use);
    const isTaken = isUntold
      ? await forgetModification(transaction, extension)
      : await failModification(transaction, extension, message);
    if (!isTaken) throw new NotWaitedFor();
    return true;
  });
  return taken.catch((error) => {
    if (error instanceof NotWaitedFor) return false;
    throw error;
  });
}

class NotWaitedFor extends Error {}
