import type { Consistency } from './consistency.js';
import type { Database } from './database.js';
import { type FileRecord, type FileRow, pendingRow, toRecord } from './files.js';
import { filterSnapshots } from './filters.js';
import { type PageQuery, pageRows } from './pages.js';
import { putTags, type Tag, type TagsColumn, tagsColumn, toTags } from './tags.js';

export interface Snapshot extends FileRecord {
  /** The volume that it is a copy of; it may be gone. */
  volumeId: string;
  description: string | undefined;
  consistency: Consistency;
  tags: readonly Tag[];
}

export type NewSnapshot = Pick<
  Snapshot,
  | 'id'
  | 'owner'
  | 'volumeId'
  | 'sizeBytes'
  | 'description'
  | 'consistency'
  | 'orderId'
  | 'delegate'
  | 'tags'
>;

interface Row extends FileRow, TagsColumn {
  volume_id: string;
  description: string | null;
  consistency: Consistency;
}

export async function insertSnapshot(database: Database, snapshot: NewSnapshot): Promise<void> {
  await database('snapshots').insert({
    ...pendingRow(database, snapshot),
    volume_id: snapshot.volumeId,
    description: snapshot.description ?? null,
    consistency: snapshot.consistency,
  });
  await putTags(database, 'snapshots', [snapshot.id], snapshot.tags);
}

export async function findSnapshot(database: Database, id: string): Promise<Snapshot | undefined> {
  const row: Row | undefined = await database('snapshots')
    .select('snapshots.*', database.raw(tagsColumn(database, 'snapshots')))
    .where({ id })
    .first();
  return row && toSnapshot(row);
}

export async function snapshotsPage(database: Database, query: PageQuery): Promise<Snapshot[]> {
  const snapshots = pageRows(database, 'snapshots', query);
  filterSnapshots(snapshots, query.filters);
  const rows: Row[] = await snapshots;
  return rows.map(toSnapshot);
}

function toSnapshot(row: Row): Snapshot {
  return {
    ...toRecord(row),
    volumeId: row.volume_id,
    description: row.description ?? undefined,
    consistency: row.consistency,
    tags: toTags(row),
  };
}
