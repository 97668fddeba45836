import { ServiceFault } from '@vbs-lustre/shared/faults';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { passOrderOn, repeatOrder, type WaitingFile } from '../fileOrders.js';
import { fileEnded } from '../fileOutcomes.js';
import type { FrontEnd } from '../frontEnd.js';
import { waitingSince } from '../metadata/files.js';
import { findSnapshot } from '../metadata/snapshots.js';
import { findVolume } from '../metadata/volumes.js';
import { forEachGroup } from './groups.js';

/** An order that has not ended after this long may be lost, or its callback. */
const PATIENCE_MS = 20_000;
/** A delegate that has not answered for this long is given up, and another gets its orders. */
const SILENCE_MS = 600_000;

/** Since when each order's delegate has not answered, as far as this instance has asked (`Date.now()`). */
export type Silences = Map<string, number>;

/**
 * Repeats the orders of files that still wait. The delegate does an order that it has not received, and answers with
 * the state of one that it has: lost orders and lost callbacks end the same way.
 *
 * @param busy delegates that an earlier round is still at work with
 */
export async function reconcileFiles(
  frontEnd: FrontEnd,
  silences: Silences,
  log: Log,
  busy = new Set<string>(),
): Promise<void> {
  const since = new Date(Date.now() - PATIENCE_MS);
  const files = await waitingFiles(frontEnd, since);
  const orders = new Set(files.map(({ orderId }) => orderId));
  for (const orderId of silences.keys()) if (!orders.has(orderId)) silences.delete(orderId);
  await forEachGroup(
    files,
    ({ delegate }) => delegate,
    (file) => reconcileFile(frontEnd, silences, file, log),
    busy,
  );
}

async function reconcileFile(
  frontEnd: FrontEnd,
  silences: Silences,
  file: WaitingFile,
  log: Log,
): Promise<void> {
  const { id, orderId, delegate } = file;
  try {
    if (await repeatOrFail(frontEnd, file, log)) {
      silences.delete(orderId);
      return;
    }
    const since = silences.get(orderId) ?? Date.now();
    silences.set(orderId, since);
    if (Date.now() - since < SILENCE_MS) return;
    log.warn('a Volume Delegate is silent: its order is passed on', { id, orderId, delegate });
    const renewed = await passOrderOn(frontEnd, file);
    if (renewed) await repeatOrFail(frontEnd, renewed, log);
  } catch (error) {
    log.error('a file could not be looked after', { id, orderId, ...errorFields(error) });
  }
}

/** Repeats an order; a refusal is its end. @returns whether the delegate answered */
async function repeatOrFail(frontEnd: FrontEnd, file: WaitingFile, log: Log): Promise<boolean> {
  const { database, instance } = frontEnd;
  const { table, id, orderId, status, delegate } = file;
  const event = { instance, subjectId: id, details: { orderId, status, delegate } };
  try {
    return await repeatOrder(frontEnd, file, {
      ...{ ...event, action: 'order-ended', reason: 'the order had ended, or was lost' },
    });
  } catch (error) {
    if (!(error instanceof ServiceFault)) throw error;
    log.warn('a repeated order is refused', { id, orderId, code: error.code });
    const reason = error.message;
    const refused = { ...event, action: 'order-refused', reason } as const;
    await fileEnded(database, table, file, 'failed', reason, refused);
    return true;
  }
}

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
