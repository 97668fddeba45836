import { type Database, now } from './database.js';
import type { FileStatus } from './files.js';
import { WARM, type WarmClone, warmClones } from './warmClones.js';

/** A snapshot of which volumes are kept ready. */
export interface FastRestore {
  snapshotId: string;
  /** Of the snapshot. */
  status: FileStatus;
  sizeBytes: number;
  /** How many are to be ready; 0: none any more. */
  wanted: number;
  createTime: Date;
  /** Those that there are, in whatever status. */
  clones: readonly WarmClone[];
}

interface Query {
  owner?: string;
  /** Only of these snapshots; of all if there are none. */
  ids?: readonly string[];
  after?: { createTime: string; id: string } | undefined;
  limit?: number;
}

const TABLE = 'fast_snapshot_restores';

/** The oldest first. */
export async function fastRestores(
  database: Database,
  { owner, ids = [], after, limit }: Query = {},
): Promise<FastRestore[]> {
  const found = database(`${TABLE} as r`)
    .join('snapshots as s', 's.id', 'r.snapshot_id')
    .select('s.id', 's.status', 's.size_bytes', 'r.wanted', 'r.create_time')
    .orderBy(['r.create_time', 's.id']);
  if (owner !== undefined) found.where({ owner });
  if (ids.length > 0) found.whereIn('s.id', ids);
  if (after) found.whereRaw('(r.create_time, s.id) > (?, ?)', [after.createTime, after.id]);
  if (limit !== undefined) found.limit(limit);
  const rows: {
    id: string;
    status: FileStatus;
    size_bytes: number;
    wanted: number;
    create_time: string;
  }[] = await found;
  const clones = await warmClones(
    database,
    rows.map(({ id }) => id),
  );
  return rows.map(({ id, status, size_bytes, wanted, create_time }) => ({
    ...{ snapshotId: id, status, sizeBytes: Number(size_bytes), wanted },
    createTime: new Date(create_time),
    clones: clones.filter(({ snapshotId }) => snapshotId === id),
  }));
}

/** How many volumes are to be kept ready of a snapshot. */
export async function wantedOf(database: Database, snapshotId: string): Promise<number> {
  return (await database(TABLE).where({ snapshot_id: snapshotId }).first())?.wanted ?? 0;
}

/** In a transaction that has locked the snapshot. */
export async function setWanted(
  transaction: Database,
  snapshotId: string,
  wanted: number,
): Promise<void> {
  await transaction(TABLE)
    .insert({ snapshot_id: snapshotId, wanted, create_time: now() })
    .onConflict('snapshot_id')
    .merge({ wanted });
}

/** Forgets that volumes of a snapshot were kept ready, if none is wanted, or left. */
export async function forgetEnded(database: Database, snapshotId: string): Promise<void> {
  await database(TABLE)
    .where({ snapshot_id: snapshotId, wanted: 0 })
    .whereNotExists((left) =>
      left.from('volumes').where({ owner: WARM, 'volumes.snapshot_id': snapshotId }),
    )
    .delete();
}
