import { newId } from '@vbs-lustre/shared/ids';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { orderCreation } from '../fileOrders.js';
import type { FrontEnd } from '../frontEnd.js';
import type { Database } from '../metadata/database.js';
import { eventsOf } from '../metadata/events.js';
import { type FastRestore, fastRestores, forgetEnded } from '../metadata/fastRestores.js';
import { FAILURE, pin, unpin } from '../metadata/files.js';
import { dataOf, findSnapshot } from '../metadata/snapshots.js';
import { insertVolume } from '../metadata/volumes.js';
import { WARM, type WarmClone, warmClones } from '../metadata/warmClones.js';
import { dropWarmClone, hasRoom, targetOf } from '../warmClones.js';

/** So long after the space of some was needed no other is made of their snapshot. */
const REST_MS = 300_000;
/** Of a snapshot, to find that. */
const LAST_EVENTS = 20;
/** One that could not be made stays so long, and no other is made of its snapshot meanwhile. */
const RETRY_AFTER_MS = 120_000;

/** A round of {@link reconcileWarmClones}, unless the one before is not over: together they would make too many at once. */
export function warmCloneRound(frontEnd: FrontEnd, log: Log): () => Promise<void> {
  let isBusy = false;
  return async () => {
    if (isBusy) return;
    isBusy = true;
    await reconcileWarmClones(frontEnd, log).finally(() => {
      isBusy = false;
    });
  };
}

/** Keeps as many volumes of snapshots ready as their owners want: what is too many is deleted, and what is missing is made. */
export async function reconcileWarmClones(frontEnd: FrontEnd, log: Log): Promise<void> {
  const { database } = frontEnd;
  const restores = await fastRestores(database);
  for (const clone of superfluous(frontEnd, restores, await warmClones(database))) {
    const { id, status, statusMessage: reason = '' } = clone;
    const why = status === FAILURE ? ({ action: 'warm-clone-failed', reason } as const) : undefined;
    if (await dropWarmClone(frontEnd, clone, why)) log.info('a warm clone is deleted', { id });
  }
  for (const { snapshotId, wanted, clones } of restores) {
    if (wanted + clones.length === 0) await forgetEnded(database, snapshotId);
  }
  let making = restores.flatMap(({ clones }) => clones.filter(isPending)).length;
  // One for each Volume Delegate: what users order is never behind many of them.
  const limit = (await frontEnd.volumeDelegates.roster.ready()).length;
  for (const restore of restores.filter((each) => isShort(frontEnd, each))) {
    if (making >= limit) return;
    if (!(await hasRoom(frontEnd, restore.sizeBytes))) continue;
    if (await isResting(database, restore)) continue;
    making += 1;
    await make(frontEnd, restore.snapshotId).catch((error) =>
      log.warn('a warm clone could not be made', {
        ...restore,
        clones: undefined,
        ...errorFields(error),
      }),
    );
  }
}

function superfluous(
  frontEnd: FrontEnd,
  restores: readonly FastRestore[],
  clones: readonly WarmClone[],
): WarmClone[] {
  const targets = new Map(restores.map((each) => [each.snapshotId, targetOf(frontEnd, each)]));
  const ended = Date.now() - RETRY_AFTER_MS;
  const failed = clones.filter((each) => isFailed(each) && +each.changedAt < ended);
  // What is ready is kept before what is yet to be.
  const usable = [...clones.filter(isReady), ...clones.filter(isPending)];
  return [
    ...failed,
    ...usable.filter(({ snapshotId }) => {
      const left = targets.get(snapshotId) ?? 0;
      targets.set(snapshotId, left - 1);
      return left <= 0;
    }),
  ];
}

/** Whether one is to be made now. */
function isShort(frontEnd: FrontEnd, restore: FastRestore): boolean {
  const { status, clones } = restore;
  // One that is being deleted may hold up the deletion of its snapshot, or be deleted for its space.
  if (status !== 'available' || clones.some((each) => !isReady(each))) return false;
  return clones.filter(isReady).length < targetOf(frontEnd, restore);
}

/** Whoever needed the space may not have it yet: it comes back a while after a file is deleted. */
async function isResting(database: Database, { snapshotId }: FastRestore): Promise<boolean> {
  const begin = Date.now() - REST_MS;
  const events = await eventsOf(database, snapshotId, LAST_EVENTS);
  return events.some(({ action, time }) => action === 'warm-clone-given-up' && +time > begin);
}

/** Makes one as a volume is made, if it is still wanted: the record first. */
async function make(frontEnd: FrontEnd, snapshotId: string): Promise<void> {
  const { database, volumeDelegates } = frontEnd;
  const volume = await database.transaction(async (transaction) => {
    // The pin locks the snapshot, as whoever changes what is wanted does, and whoever takes one.
    if (!(await pin(transaction, 'snapshots', snapshotId))) return undefined;
    const [restore] = await fastRestores(transaction, { ids: [snapshotId] });
    const source = await findSnapshot(transaction, snapshotId);
    if (!source || !restore || !isShort(frontEnd, restore)) {
      await unpin(transaction, 'snapshots', snapshotId);
      return undefined;
    }
    const ids = { id: newId('vol'), owner: WARM, snapshotId, orderId: newId('ord') };
    const { sizeBytes, consistency: snapshotConsistency } = source;
    const delegate = await volumeDelegates.choose(transaction);
    const snapshotData = dataOf(source);
    const made = { ...ids, sizeBytes, snapshotConsistency, snapshotData, delegate, tags: [] };
    await insertVolume(transaction, made);
    return made;
  });
  if (volume) await orderCreation(frontEnd, { table: 'volumes', ...volume });
}

function isReady({ status }: WarmClone): boolean {
  return status === 'available';
}

function isPending({ status }: WarmClone): boolean {
  return status === 'pending';
}

function isFailed({ status }: WarmClone): boolean {
  return status === FAILURE;
}
