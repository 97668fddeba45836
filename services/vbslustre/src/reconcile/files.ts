import { ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { forRequest } from '@vbs-lustre/shared/requestId';
import { mayBeDeleted, passOrderOn, repeatOrder, type WaitingFile } from '../fileOrders.js';
import type { FrontEnd } from '../frontEnd.js';
import { findExport } from '../metadata/exports.js';
import { type OrderTable, waitingSince } from '../metadata/files.js';
import { ordersWithoutLease } from '../metadata/orderLeases.js';
import { findSnapshot } from '../metadata/snapshots.js';
import { WAITING } from '../metadata/states.js';
import { findVerification } from '../metadata/verifications.js';
import { findVolume } from '../metadata/volumes.js';
import { orderEnded } from '../verification.js';
import { forEachGroup } from './groups.js';

/** An order that has not ended after this long may be lost, or its callback. */
const PATIENCE_MS = 20_000;

/**
 * Repeats the orders of files that still wait. The delegate does an order that it has not received, and answers with
 * the state of one that it has: lost orders and lost callbacks end the same way. An order that has no lease any more
 * goes to another delegate, unless its own one takes it again.
 *
 * @param busy delegates that an earlier round is still at work with
 */
export async function reconcileFiles(
  frontEnd: FrontEnd,
  log: Log,
  busy = new Set<string>(),
): Promise<void> {
  const over = await ordersWithoutLease(frontEnd.database);
  const isOver = new Set(over.map(({ orderId }) => orderId));
  await forEachGroup(
    await waitingFiles(frontEnd, over),
    ({ delegate }) => delegate,
    // Under an id of its own, which the delegate's log has too.
    (file) =>
      forRequest(newId('req'), () => reconcileFile(frontEnd, file, isOver.has(file.orderId), log)),
    busy,
  );
}

async function reconcileFile(
  frontEnd: FrontEnd,
  file: WaitingFile,
  isOver: boolean,
  log: Log,
): Promise<void> {
  const { id, orderId, delegate } = file;
  try {
    if (file.status === 'deleting' && !(await mayBeDeleted(frontEnd, file))) return;
    const asks = !isOver || (await frontEnd.volumeDelegates.isReady(delegate));
    if (asks && (await repeatOrFail(frontEnd, file, log))) return;
    const renewed = isOver ? await passOrderOn(frontEnd, file) : undefined;
    if (!renewed) return;
    log.warn('an order is passed on', { id, orderId, from: delegate, to: renewed.delegate });
    await repeatOrFail(frontEnd, renewed, log);
  } catch (error) {
    log.error('a file could not be looked after', { id, orderId, ...errorFields(error) });
  }
}

/** Repeats an order; a refusal is its end. @returns whether the delegate answered */
async function repeatOrFail(frontEnd: FrontEnd, file: WaitingFile, log: Log): Promise<boolean> {
  const { instance } = frontEnd;
  const { id, orderId, status, delegate } = file;
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
    await orderEnded(frontEnd, file, 'failed', { message: reason }, refused);
    return true;
  }
}

async function waitingFiles(
  { database }: FrontEnd,
  over: readonly { table: OrderTable; id: string }[],
): Promise<WaitingFile[]> {
  const since = new Date(Date.now() - PATIENCE_MS);
  const idsIn = async (table: OrderTable): Promise<Set<string>> => {
    const expired = over.filter((each) => each.table === table).map(({ id }) => id);
    return new Set([...(await waitingSince(database, table, since)), ...expired]);
  };
  const files: WaitingFile[] = [];
  for (const id of await idsIn('volumes')) {
    const volume = await findVolume(database, id);
    // Of an order that has ended nothing is left to ask.
    if (volume && !volume.isExtended) files.push({ table: 'volumes', ...volume } as WaitingFile);
  }
  for (const id of await idsIn('snapshots')) {
    const snapshot = await findSnapshot(database, id);
    // What a hypervisor copies is looked after by reconcileCopies.
    if (snapshot && !(snapshot.status === 'pending' && snapshot.copying))
      files.push({ table: 'snapshots', ...snapshot } as WaitingFile);
  }
  for (const id of await idsIn('exports')) {
    const task = await findExport(database, id);
    if (task) files.push({ table: 'exports', ...task } as WaitingFile);
  }
  for (const id of await idsIn('verifications')) {
    const verification = await findVerification(database, id);
    if (verification) files.push({ table: 'verifications', ...verification });
  }
  return files.filter(({ status }) => WAITING.includes(status));
}
