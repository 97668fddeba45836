import type { Knex } from 'knex';
import { type Database, now } from './database.js';
import { type FileRecord, startDeleting, toRecord } from './files.js';
import { putTags } from './tags.js';
import type { NewVolume, VolumeRow } from './volumes.js';

/**
 * Whose the volumes are that are kept ready to be a user's: each is like any other volume, and belongs to somebody who can ask
 * for nothing. Every user id has an `=`.
 */
export const WARM = 'warm clones';

export interface WarmClone extends FileRecord {
  snapshotId: string;
  changedAt: Date;
}

/** All, or those of some snapshots; the oldest first. */
export async function warmClones(
  database: Database,
  snapshotIds?: readonly string[],
): Promise<WarmClone[]> {
  const clones = warm(database).orderBy(['create_time', 'id']);
  if (snapshotIds) clones.whereIn('snapshot_id', snapshotIds);
  const rows: VolumeRow[] = await clones;
  return rows.map((row) => ({
    ...{ snapshotId: row.snapshot_id ?? '', changedAt: new Date(row.changed_at) },
    ...toRecord(row),
  }));
}

/**
 * Makes a volume that is kept ready the one that is wanted. In a transaction that has locked the snapshot: of two that want one,
 * the second sees what the first has taken.
 *
 * @param wanted of which all is taken over but the id
 * @returns its id; undefined if none is ready
 */
export async function claimWarmClone(
  transaction: Database,
  { snapshotId, owner, sizeBytes, tags }: NewVolume,
): Promise<string | undefined> {
  const ready = { snapshot_id: snapshotId, status: 'available', size_bytes: sizeBytes };
  const [id]: string[] = await warm(transaction)
    .where(ready)
    .orderBy(['create_time', 'id'])
    .limit(1)
    .pluck('id');
  if (id === undefined) return undefined;
  const time = now();
  // It may be given up at this moment.
  const claimed = await warm(transaction)
    .where({ id, ...ready })
    .update({ owner, create_time: time, changed_at: time });
  if (claimed !== 1) return undefined;
  await putTags(transaction, 'volumes', [id], tags);
  return id;
}

/**
 * Starts the deletion of a volume that is kept ready, or is to be.
 * @returns the Volume Delegate that made it; undefined if it is a user's meanwhile, or is being deleted
 */
export async function startDeletingWarm(
  transaction: Database,
  id: string,
  orderId: string,
): Promise<string | undefined> {
  const [delegate]: string[] = await warm(transaction).where({ id }).forUpdate().pluck('delegate');
  if (delegate === undefined) return undefined;
  return (await startDeleting(transaction, 'volumes', id, orderId)) ? delegate : undefined;
}

function warm(database: Database): Knex.QueryBuilder {
  return database('volumes').where({ owner: WARM });
}
