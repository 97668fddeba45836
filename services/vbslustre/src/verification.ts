import { fileEnded, isFailed, isSha256, type Told } from './fileOutcomes.js';
import type { FrontEnd } from './frontEnd.js';
import { type Action, type NewEvent, recordEvent } from './metadata/events.js';
import type { OrderTable } from './metadata/files.js';
import { findSnapshot, type Verdict } from './metadata/snapshots.js';
import { endVerification } from './metadata/verifications.js';

/** An order, by what waits for it. */
interface Order {
  table: OrderTable;
  id: string;
  orderId: string;
}

const ACTIONS: Record<Verdict['state'], Action> = {
  intact: 'snapshot-verified',
  damaged: 'snapshot-damaged',
  failed: 'verification-failed',
};

/**
 * Writes down how an order ended, be it for a file or for a verification: see {@link fileEnded}.
 * @throws {ServiceFault} `InvalidParameterValue`
 */
export async function orderEnded(
  frontEnd: FrontEnd,
  order: Order,
  state: string,
  told: Told,
  event?: NewEvent,
): Promise<boolean> {
  if (order.table === 'verifications') return verificationEnded(frontEnd, order, state, told);
  return fileEnded(frontEnd.database, order.table, order, state, told, event);
}

/** Compares what the delegate has read with what the snapshot was, and writes that down, with an event for its owner. */
export async function verificationEnded(
  { database, instance }: FrontEnd,
  { id, orderId }: Pick<Order, 'id' | 'orderId'>,
  state: string,
  told: Told,
): Promise<boolean> {
  return database.transaction(async (transaction) => {
    const was = (await findSnapshot(transaction, id))?.sha256;
    const verdict = verdictOf(was, state, told);
    if (!(await endVerification(transaction, { id, orderId }, verdict))) return false;
    await recordEvent(transaction, {
      ...{ instance, subjectId: id, action: ACTIONS[verdict.state] },
      reason: verdict.message ?? 'its data is what it was when it was made',
    });
    return true;
  });
}

function verdictOf(
  was: string | undefined,
  state: string,
  { message, sha256 }: Told,
): Omit<Verdict, 'time'> {
  if (isFailed(state) || !isSha256(sha256)) {
    return {
      state: 'failed',
      message: message ?? 'the Volume Delegate does not say what it has read',
    };
  }
  // What was read is right, and yet something is wrong.
  if (sha256 === was) return { state: message === undefined ? 'intact' : 'damaged', message };
  return { state: 'damaged', message: `its SHA-256 is ${sha256}, and was ${was} when it was made` };
}
