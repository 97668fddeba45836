import { type Database, now } from './database.js';
import {
  type FileRecord,
  type FileRow,
  pendingRow,
  pin,
  remove,
  unpin,
  type Wait,
} from './files.js';
import type { Snapshot, Verdict } from './snapshots.js';
import { change, NONE } from './states.js';

/** A snapshot that a Volume Delegate reads, or is about to. */
export interface Verification
  extends Pick<FileRecord, 'id' | 'owner' | 'sizeBytes' | 'orderId' | 'delegate'> {
  status: 'pending';
}

type Order = Pick<Verification, 'id' | 'orderId'>;

/** Keeps a snapshot as it is while it is read. @returns false if it is not available */
export async function pinVerified(transaction: Database, id: string): Promise<boolean> {
  return pin(transaction, 'snapshots', id);
}

/** @param snapshot that is pinned for it */
export async function insertVerification(
  transaction: Database,
  { id, owner, sizeBytes }: Snapshot,
  order: Pick<Verification, 'orderId' | 'delegate'>,
): Promise<void> {
  const row = pendingRow(transaction, { id, owner, sizeBytes, ...order });
  await transaction('verifications').insert(row);
  await transaction('snapshots').where({ id }).update({ verifying: true });
}

export async function findVerification(
  database: Database,
  id: string,
): Promise<Verification | undefined> {
  const row: Omit<FileRow, 'status'> | undefined = await database('verifications')
    .where({ id })
    .first();
  if (!row) return undefined;
  const { owner, size_bytes: sizeBytes, order_id: orderId, delegate } = row;
  return { id, owner, sizeBytes, orderId, delegate, status: 'pending' };
}

/** Ends a verification with what came of it, if it still is this order that is waited for. */
export async function endVerification(
  transaction: Database,
  { id, orderId }: Order,
  { state, message }: Omit<Verdict, 'time'>,
): Promise<boolean> {
  const wait: Wait = { id, orderId, status: 'pending' };
  if (!(await remove(transaction, 'verifications', wait))) return false;
  await unpin(transaction, 'snapshots', id);
  const found = { verify_state: state, verify_time: now(), verify_message: message ?? null };
  await transaction('snapshots')
    .where({ id })
    .update({ verifying: false, ...found });
  return true;
}

/** Ends the verification of a snapshot that is to be deleted: nothing comes of it. @returns false if there is none */
export async function dropVerification(transaction: Database, id: string): Promise<boolean> {
  if (!(await change(transaction, 'verification', id, { from: ['pending'], to: NONE })))
    return false;
  await unpin(transaction, 'snapshots', id);
  await transaction('snapshots').where({ id }).update({ verifying: false });
  return true;
}
