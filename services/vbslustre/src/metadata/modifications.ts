import type { Knex } from 'knex';
import { type Database, now } from './database.js';
import { newLease } from './orderLeases.js';
import { change } from './states.js';
import { findVolume, lockVolume, type Volume } from './volumes.js';

export type ModificationState = 'modifying' | 'completed' | 'failed';

/** A modification that waits for its order. */
export type Modification = Pick<Volume, 'id' | 'orderId'>;

/** What is written down of a volume that is to be extended. */
export type Extension = Pick<Volume, 'id' | 'orderId' | 'delegate' | 'sizeBytes'> & {
  targetSizeBytes: number;
};

/** Begins an extension, if nothing is in progress, no copy is made of the file, and nobody shares it. */
export function startModifying(
  database: Database,
  { id, orderId, delegate, sizeBytes, targetSizeBytes }: Extension,
): Promise<boolean> {
  return change(database, 'volume', id, {
    from: ['available'],
    to: 'modifying',
    where: { size_bytes: sizeBytes, copies: 0, live_copies: 0, readers: 0 },
    set: {
      ...{ order_id: orderId, delegate, lease_until: newLease(database), bytes_done: null },
      ...{ modification_state: 'modifying', target_size_bytes: targetSizeBytes },
      ...{ modification_message: null, extended_at: null },
    },
  });
}

/** The file has its new size, and who has it knows. @returns false if that is not waited for */
export function completeModification(database: Database, wait: Modification): Promise<boolean> {
  const size = database.raw('target_size_bytes');
  return end(database, wait, { modification_state: 'completed', size_bytes: size });
}

/**
 * The file has its new size: that is the end if no instance has it, and else it is yet to be told.
 * @returns false if that is not waited for
 */
export async function fileExtended(database: Database, wait: Modification): Promise<boolean> {
  await lockVolume(database, wait.id);
  const volume = await findVolume(database, wait.id);
  if (volume && volume.readers + volume.writers === 0) return completeModification(database, wait);
  const changed = await database('volumes')
    .where({ id: wait.id, order_id: wait.orderId, status: 'modifying', extended_at: null })
    .update({ extended_at: now(), changed_at: now() });
  return changed > 0;
}

/** Says what a modification waits for. */
export async function noteWaiting(
  database: Database,
  { id, orderId }: Modification,
  message: string,
): Promise<void> {
  await database('volumes')
    .where({ id, order_id: orderId, status: 'modifying' })
    .update({ modification_message: message });
}

/** Volumes whose file has its new size, which the machines are yet to be told. */
export function extendedVolumes(database: Database): Promise<string[]> {
  return database('volumes').where({ status: 'modifying' }).whereNotNull('extended_at').pluck('id');
}

/** The file has its old size. @returns false if that is not waited for */
export function failModification(
  database: Database,
  wait: Modification,
  message: string | undefined,
): Promise<boolean> {
  const reason = message ?? 'the file could not be extended';
  return end(database, wait, { modification_state: 'failed', modification_message: reason });
}

/** Nothing was begun. @returns false if it is waited for no longer */
export function forgetModification(database: Database, wait: Modification): Promise<boolean> {
  return end(database, wait, { modification_state: null, target_size_bytes: null });
}

function end(
  database: Database,
  { id, orderId }: Modification,
  outcome: Record<string, string | null | Knex.Raw>,
): Promise<boolean> {
  return change(database, 'volume', id, {
    from: ['modifying'],
    to: 'available',
    where: { order_id: orderId },
    set: { modification_message: null, bytes_done: null, extended_at: null, ...outcome },
  });
}
