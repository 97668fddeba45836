import { ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { forRequest } from '@vbs-lustre/shared/requestId';
import { placeOf, SILENT_SECONDS } from '../endCopy.js';
import { repeatOrder } from '../fileOrders.js';
import { fileEnded } from '../fileOutcomes.js';
import type { FrontEnd } from '../frontEnd.js';
import {
  type CopiedSnapshot,
  copiedSnapshots,
  copyEnded,
  isCopied,
  isCopySilent,
  noteCopy,
} from '../metadata/copies.js';
import { dropFile } from '../snapshotCopies.js';
import { takeBack } from '../takeBack.js';

/**
 * Asks the hosts how far the copies are that their hypervisors make. What is done goes to a Volume Delegate, which checks the
 * file and gives it its name; what came to nothing ends, and so does its file.
 *
 * @param patienceMs after which an order to begin one is surely not carried out any more
 * @param busy snapshots that an earlier round is still at work with
 */
export async function reconcileCopies(
  frontEnd: FrontEnd,
  patienceMs: number,
  log: Log,
  busy = new Set<string>(),
): Promise<void> {
  const copied = await copiedSnapshots(frontEnd.database);
  const rounds = copied.map(async (snapshot) => {
    const { id } = snapshot;
    if (busy.has(id)) return;
    busy.add(id);
    try {
      // Under an id of its own, which the delegates' logs have too.
      await forRequest(newId('req'), () => reconcileCopy(frontEnd, snapshot, patienceMs));
    } catch (error) {
      log.error('a copy could not be looked after', { id, ...errorFields(error) });
    } finally {
      busy.delete(id);
    }
  });
  await Promise.all(rounds);
}

async function reconcileCopy(
  frontEnd: FrontEnd,
  snapshot: CopiedSnapshot,
  patienceMs: number,
): Promise<void> {
  const { database, vmmDelegates } = frontEnd;
  const { vmm, instanceId, begun } = snapshot.copying;
  const copy = await vmmDelegates.describeCopy(placeOf(snapshot));
  if (!copy) {
    if (!(await isCopySilent(database, snapshot, SILENT_SECONDS))) return;
    return giveUp(frontEnd, snapshot, `the host ${vmm} was not heard of for a long time`);
  }
  if (copy.state === 'running') return void (await noteCopy(database, snapshot, copy.bytesDone));
  if (copy.state === 'done') return finish(frontEnd, snapshot);
  // The order to begin it may be on its way.
  if (!begun && Date.now() - snapshot.createTime.getTime() < patienceMs) return;
  // What another instance has just found done, its host has forgotten.
  if (!(await isCopied(database, snapshot))) return;
  // Nothing may be written to the file of a copy when that is removed.
  if (!(await vmmDelegates.endCopy(placeOf(snapshot)))) return;
  const ended = `${instanceId} ended, or the volume was taken from it, before all was copied`;
  await giveUp(frontEnd, snapshot, copy.message ?? ended);
}

/** Its file is filled and flushed: the hypervisor says so until that is written down. */
async function finish(frontEnd: FrontEnd, snapshot: CopiedSnapshot): Promise<void> {
  if (!(await copyEnded(frontEnd.database, snapshot))) return;
  await repeatOrder(frontEnd, { table: 'snapshots', ...snapshot, status: 'pending' });
  // If this is lost, the host forgets the copy after a while by itself.
  await frontEnd.vmmDelegates.endCopy(placeOf(snapshot));
}

/** Nobody was told of one that never began; whoever was told of another is told why it failed. */
async function giveUp(frontEnd: FrontEnd, snapshot: CopiedSnapshot, reason: string): Promise<void> {
  const { id: snapshotId, orderId, sizeBytes } = snapshot;
  if (!(await dropFile(frontEnd, { snapshotId, orderId, sizeBytes }))) return;
  const message = `it could not be copied while it was written: ${reason}`;
  const file = { table: 'snapshots' as const, ...snapshot };
  if (snapshot.copying.begun) {
    await fileEnded(frontEnd.database, 'snapshots', file, 'failed', { message });
  } else await takeBack(frontEnd, file, new ServiceFault('Unavailable', message));
}
