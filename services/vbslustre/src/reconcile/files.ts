import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { Log } from '@vbs-lustre/shared/log';
import { type OrderedFile, repeatOrder } from '../fileOrders.js';
import { fileEnded } from '../fileOutcomes.js';
import type { FrontEnd } from '../frontEnd.js';
import { waitingSince } from '../metadata/files.js';
import { findSnapshot } from '../metadata/snapshots.js';
import { findVolume } from '../metadata/volumes.js';

/** An order that has not ended after this long may be lost, or its callback. */
const PATIENCE_MS = 20_000;

/**
 * Repeats the orders of files that still wait. The delegate does an order that it has not received, and answers with
 * the state of one that it has: lost orders and lost callbacks end the same way.
 */
export async function reconcileFiles(frontEnd: FrontEnd, log: Log): Promise<void> {
  const since = new Date(Date.now() - PATIENCE_MS);
  for (const file of await waitingFiles(frontEnd, since)) {
    const { table, id, orderId } = file;
    try {
      await repeatOrder(frontEnd, file, file.status);
    } catch (error) {
      if (!(error instanceof ServiceFault)) throw error;
      log.warn('a repeated order is refused', { id, orderId, code: error.code });
      await fileEnded(frontEnd.database, table, file, 'failed', error.message);
    }
  }
}

type WaitingFile = OrderedFile & { status: 'pending' | 'deleting' };

async function waitingFiles({ database }: FrontEnd, since: Date): Promise<WaitingFile[]> {
  const files: WaitingFile[] = [];
  for (const id of await waitingSince(database, 'volumes', since)) {
    const volume = await findVolume(database, id);
    if (volume) files.push({ table: 'volumes', ...volume } as WaitingFile);
  }
  for (const id of await waitingSince(database, 'snapshots', since)) {
    const snapshot = await findSnapshot(database, id);
    if (snapshot) files.push({ table: 'snapshots', ...snapshot } as WaitingFile);
  }
  return files.filter(({ status }) => status === 'pending' || status === 'deleting');
}
