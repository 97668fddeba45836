import type { Knex } from 'knex';
import type { Database } from './database.js';

/** Who may make volumes from a snapshot: a user id, or this for everybody. Every user id has an `=`. */
export const ALL = 'all';

const TABLE = 'snapshot_permissions';

/**
 * Makes other transactions wait that change this snapshot, its permissions, or begin to copy it; tags may be changed.
 * @returns false if it is not the owner's
 */
export async function lockOwnSnapshot(
  transaction: Database,
  id: string,
  owner: string,
): Promise<boolean> {
  const rows: unknown[] = await transaction('snapshots')
    .select('id')
    .where({ id, owner })
    .forNoKeyUpdate();
  return rows.length > 0;
}

/** Sorted. */
export async function granteesOf(database: Database, snapshotId: string): Promise<string[]> {
  const grantees: string[] = await database(TABLE)
    .where({ snapshot_id: snapshotId })
    .pluck('grantee');
  return grantees.sort();
}

/** @param grantees who have no permission yet */
export async function grant(
  database: Database,
  snapshotId: string,
  grantees: readonly string[],
): Promise<void> {
  await database(TABLE).insert(grantees.map((grantee) => ({ snapshot_id: snapshotId, grantee })));
}

export async function revoke(
  database: Database,
  snapshotId: string,
  grantees: readonly string[],
): Promise<void> {
  await database(TABLE).where({ snapshot_id: snapshotId }).whereIn('grantee', grantees).delete();
}

/** Leaves, of snapshots that are named, those that a user may make volumes from: his own, and those shared with him or all. */
export function leaveRestorable(snapshots: Knex.QueryBuilder, userId: string): void {
  snapshots.where((either) => {
    either.where({ owner: userId });
    either.orWhereExists((shared) => {
      shared.from(TABLE).whereRaw('snapshot_id = snapshots.id');
      shared.whereIn('grantee', [userId, ALL]);
    });
  });
}

/** Leaves the same of all snapshots, and reads nobody else's: each part is found by an index. */
export function leaveAllRestorable(snapshots: Knex.QueryBuilder, userId: string): void {
  snapshots.whereIn('id', (ids) => {
    grantedTo(ids, [userId, ALL]);
    ids.unionAll((own) => own.select('id').from('snapshots').where({ owner: userId }));
  });
}

/** Leaves the snapshots that are shared with all. */
export function leavePublic(snapshots: Knex.QueryBuilder): void {
  snapshots.whereIn('id', (ids) => grantedTo(ids, [ALL]));
}

function grantedTo(query: Knex.QueryBuilder, grantees: readonly string[]): void {
  query.select('snapshot_id').from(TABLE).whereIn('grantee', grantees);
}
