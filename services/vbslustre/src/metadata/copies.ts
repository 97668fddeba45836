import { type Attachment, attachmentsOf } from './attachments.js';
import { databaseTime } from './clock.js';
import type { Database } from './database.js';
import { newLease } from './orderLeases.js';
import { findSnapshot, type Snapshot } from './snapshots.js';

/** A snapshot whose file a hypervisor fills. */
export type CopiedSnapshot = Snapshot & { copying: NonNullable<Snapshot['copying']> };

/**
 * Keeps the file of a volume that a machine has for writing from being deleted while that machine's host copies it.
 * @returns the attachment; undefined if there is none that surely is there
 */
export async function pinForCopy(
  database: Database,
  volumeId: string,
): Promise<Attachment | undefined> {
  const changed = await database('volumes')
    .where({ id: volumeId, status: 'available', writers: 1 })
    .update({ live_copies: database.raw('live_copies + 1') });
  if (changed !== 1) return undefined;
  return (await attachmentsOf(database, volumeId)).find(({ status }) => status === 'attached');
}

/** The snapshots whose files hypervisors fill now. */
export async function copiedSnapshots(database: Database): Promise<CopiedSnapshot[]> {
  const ids: string[] = await database('snapshots')
    .where({ status: 'pending' })
    .whereNotNull('copied_on')
    .pluck('id');
  const found = await Promise.all(ids.map((id) => findSnapshot(database, id)));
  return found.filter((each): each is CopiedSnapshot => each?.copying !== undefined);
}

type Copied = Pick<Snapshot, 'id' | 'orderId'>;

/** Its host has told how far it is. @returns false if that is not waited for any more */
export async function noteCopy(
  database: Database,
  snapshot: Copied,
  bytesDone: number,
): Promise<boolean> {
  const set = { bytes_done: bytesDone, copy_begun: true, lease_until: newLease(database) };
  return (await copied(database, snapshot).update(set)) === 1;
}

/** Its file is filled: from now on it waits for a Volume Delegate as others do. */
export async function copyEnded(database: Database, snapshot: Copied): Promise<boolean> {
  const set = { copied_on: null, copied_from: null, lease_until: newLease(database) };
  return (await copied(database, snapshot).update(set)) === 1;
}

/** Whether its file is still being filled. */
export async function isCopied(database: Database, snapshot: Copied): Promise<boolean> {
  return (await copied(database, snapshot).first()) !== undefined;
}

/** Whether its host has told nothing for so long. */
export async function isCopySilent(
  database: Database,
  snapshot: Copied,
  seconds: number,
): Promise<boolean> {
  const row = await copied(database, snapshot)
    .where('lease_until', '<=', databaseTime(database, -seconds))
    .first();
  return row !== undefined;
}

/** Whether it has been deleting for so long. */
export async function isDeletedFor(
  database: Database,
  { id, orderId }: Copied,
  seconds: number,
): Promise<boolean> {
  const before = new Date(Date.now() - seconds * 1000).toISOString();
  const row = await database('snapshots')
    .where({ id, order_id: orderId, status: 'deleting' })
    .where('changed_at', '<', before)
    .first();
  return row !== undefined;
}

function copied(database: Database, { id, orderId }: Copied) {
  return database('snapshots')
    .where({ id, order_id: orderId, status: 'pending' })
    .whereNotNull('copied_on');
}
