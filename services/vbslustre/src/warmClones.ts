import { isFault, ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import type { Ordered } from './delegates/volumeDelegates.js';
import { fileEnded, isEnd } from './fileOutcomes.js';
import type { FrontEnd } from './frontEnd.js';
import { type Action, recordEvent } from './metadata/events.js';
import type { FastRestore } from './metadata/fastRestores.js';
import { startDeletingWarm, WARM, type WarmClone, warmClones } from './metadata/warmClones.js';

/** So soon after an order was refused it may be given once more: its lease goes on. */
const AGAIN_WITHIN_MS = 5_000;
/** Deleted at once. */
const DROPS = 4;

/**
 * Gives an order. If there is no space for it, volumes that are kept ready are given up, and it is given once more: they never
 * take the space that a user's file needs.
 *
 * @param file whose order it is, and the bytes that it needs
 * @throws {ServiceFault} as `order` does
 */
export async function withRoom(
  frontEnd: FrontEnd,
  { owner, bytes }: { owner?: string | undefined; bytes: number },
  order: () => Promise<Ordered>,
): Promise<Ordered> {
  const begun = performance.now();
  return order().catch(async (error) => {
    const isFull = isFault(error, 'InsufficientVolumeCapacity') && owner !== WARM;
    if (!isFull || !(await giveUpWarmClones(frontEnd, bytes))) throw error;
    const isLate = performance.now() - begun > AGAIN_WITHIN_MS;
    return (isLate ? Promise.reject(error) : order()).catch((again) => {
      if (!isFault(again, 'InsufficientVolumeCapacity')) throw again;
      throw new ServiceFault(
        'InsufficientVolumeCapacity',
        `${again.message} Volumes that were kept ready of snapshots are given up for it; try again in a minute.`,
      );
    });
  });
}

/** How many are to be ready. */
export function targetOf({ maxWarmClones }: FrontEnd, { status, wanted }: FastRestore): number {
  return status === 'deleting' ? 0 : Math.min(wanted, maxWarmClones);
}

/** Whether one more would leave users the space that they are to have. */
export async function hasRoom(
  { volumeDelegates, warmCloneMarginBytes }: FrontEnd,
  sizeBytes: number,
): Promise<boolean> {
  return (await volumeDelegates.roster.mostRoom()) >= sizeBytes + warmCloneMarginBytes;
}

/** Ends the making of those of a snapshot that are not ready yet: what is copied can't be deleted. */
export async function cancelWarmClones(frontEnd: FrontEnd, snapshotId: string): Promise<void> {
  for (const clone of await warmClones(frontEnd.database, [snapshotId])) {
    if (clone.status === 'pending') await dropWarmClone(frontEnd, clone);
  }
}

/** None of them if all would not be enough. @returns whether there was one */
async function giveUpWarmClones(frontEnd: FrontEnd, bytes: number): Promise<boolean> {
  const given: WarmClone[] = [];
  let left = bytes;
  for (const clone of (await warmClones(frontEnd.database)).reverse()) {
    if (left <= 0) break;
    if (clone.status !== 'available' && clone.status !== 'pending') continue;
    given.push(clone);
    left -= clone.sizeBytes;
  }
  const why = { action: 'warm-clone-given-up', reason: 'its space is needed' } as const;
  if (left > (await frontEnd.volumeDelegates.roster.mostRoom())) return false;
  const begun: PromiseSettledResult<boolean>[] = [];
  for (let at = 0; at < given.length; at += DROPS) {
    const some = given.slice(at, at + DROPS);
    const drops = some.map((clone) => dropWarmClone(frontEnd, clone, why));
    begun.push(...(await Promise.allSettled(drops)));
  }
  return begun.some((each) => each.status === 'fulfilled' && each.value);
}

/**
 * Deletes a volume that is kept ready, unless it is a user's meanwhile. What its Volume Delegate does not do at once, the
 * reconciler has done.
 *
 * @param why is an event of its snapshot
 * @returns whether it is, or will be, deleted
 */
export async function dropWarmClone(
  { database, volumeDelegates, instance }: FrontEnd,
  { id, snapshotId }: WarmClone,
  why?: { action: Action; reason: string },
): Promise<boolean> {
  const orderId = newId('ord');
  const delegate = await database.transaction(async (transaction) => {
    const maker = await startDeletingWarm(transaction, id, orderId);
    if (maker !== undefined && why) {
      await recordEvent(transaction, { instance, subjectId: snapshotId, ...why, details: { id } });
    }
    return maker;
  });
  if (delegate === undefined) return false;
  const answer = await volumeDelegates
    .repeat(delegate, (client) => client.DeleteFile({ orderId, volumeId: id }))
    .catch((error) => {
      if (error instanceof ServiceFault) return 'unknown' as const;
      throw error;
    });
  if (answer !== 'unknown' && isEnd(answer.state)) {
    await fileEnded(database, 'volumes', { id, orderId }, answer.state, answer);
  }
  return true;
}
