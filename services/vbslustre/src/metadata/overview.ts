import { type Attachment, type AttachmentRow, toAttachment } from './attachments.js';
import type { Consistency } from './consistency.js';
import { STATE_OF } from './counts.js';
import type { Database } from './database.js';
import { type FileRecord, type FileRow, type FileTable, toRecord } from './files.js';
import type { ModificationState } from './modifications.js';
import { type Plight, thoseWith } from './plights.js';
import { type Tag, type TagsColumn, tagsColumn, toTags } from './tags.js';
import { NEW_SIZE } from './usage.js';
import { of, type Whose } from './whose.js';

/** How many volumes or snapshots are in a state, and how large they are together. */
export interface Sum {
  table: FileTable;
  state: string;
  count: number;
  bytes: number;
}

export async function sumStates(database: Database, owner: Whose): Promise<Sum[]> {
  const by = (table: FileTable) => {
    const size = table === 'volumes' ? NEW_SIZE : 'size_bytes';
    const columns = `'${table}' as what, ${STATE_OF[table]} as state, count(*) as count, sum(${size}) as bytes`;
    return of(owner, database(table).select(database.raw(columns))).groupByRaw('2');
  };
  const rows: Record<'what' | 'state' | 'count' | 'bytes', unknown>[] = await database.unionAll([
    by('volumes'),
    by('snapshots'),
  ]);
  return rows.map(({ what, state, count, bytes }) => ({
    ...{ table: what as FileTable, state: String(state) },
    ...{ count: Number(count), bytes: Number(bytes) },
  }));
}

/** A volume or snapshot. */
export interface FileInOverview extends FileRecord {
  /** Of a volume's last modification, as its record has it. */
  modificationState: ModificationState | undefined;
  targetSizeBytes: number | undefined;
  modificationMessage: string | undefined;
  /** The file of its owner that a volume was made from. */
  importFile: string | undefined;
  /** As in {@link STATE_OF}. */
  state: string;
  changedAt: Date;
  tags: readonly Tag[];
  /** The snapshot that a volume was made from, the volume that a snapshot is of. */
  origin: string | undefined;
  description: string | undefined;
  /** Of a snapshot, or of the one that a volume was made from. */
  consistency: Consistency | undefined;
}

export interface FilesQuery {
  owner: Whose;
  /** All if absent. */
  plight?: Plight;
  column: 'create_time' | 'changed_at';
  order: 'asc' | 'desc';
  limit: number;
}

type OverviewRow = FileRow &
  TagsColumn & {
    state: string;
    snapshot_id?: string | null;
    volume_id?: string;
    description?: string | null;
    modification_state?: ModificationState | null;
    target_size_bytes?: number | null;
    modification_message?: string | null;
    import_file?: string | null;
    consistency?: Consistency;
    snapshot_consistency?: Consistency | null;
  };

/** So many volumes or snapshots, of all owners. */
export async function filesInOverview(
  database: Database,
  table: FileTable,
  { owner, plight, column, order, limit }: FilesQuery,
): Promise<FileInOverview[]> {
  const inOrder = [
    { column, order },
    { column: 'id', order },
  ];
  const some = of(owner, database(table).orderBy(inOrder).limit(limit));
  if (plight) thoseWith(some, table, plight);
  // Beside the limit, or the tags of all would be gathered.
  const rows: OverviewRow[] = await database
    .select('*', database.raw(`${STATE_OF[table]} as state, ${tagsColumn(database, table)}`))
    .from(some.as(table))
    .orderBy(inOrder);
  return rows.map((row) => ({
    ...toRecord(row),
    ...{ state: row.state, changedAt: new Date(row.changed_at), tags: toTags(row) },
    origin: row.snapshot_id ?? row.volume_id,
    description: row.description ?? undefined,
    modificationState: row.modification_state ?? undefined,
    targetSizeBytes: row.target_size_bytes ?? undefined,
    modificationMessage: row.modification_message ?? undefined,
    importFile: row.import_file ?? undefined,
    consistency: row.consistency ?? row.snapshot_consistency ?? undefined,
  }));
}

/** An attachment, with what is to be known of its volume. */
export interface AttachmentInOverview extends Attachment {
  changedAt: Date;
  owner: string;
  sizeBytes: number;
  tags: readonly Tag[];
}

const TURN = "case a.status when 'attached' then '9999' else a.changed_at end as turn";
const IN_TURN = 'turn, attach_time desc, order_id';

/** So many attachments: those that have been on their way for longest, then the last ones that were made. */
export async function attachmentsInOverview(
  database: Database,
  owner: Whose,
  limit: number,
): Promise<AttachmentInOverview[]> {
  const some = database('attachments as a')
    .join('volumes as v', 'v.id', 'a.volume_id')
    .select('a.*', 'v.id', 'v.owner', 'v.size_bytes', database.raw(TURN))
    .orderByRaw(IN_TURN)
    .limit(limit);
  const rows: (AttachmentRow &
    TagsColumn &
    Pick<FileRow, 'owner' | 'size_bytes' | 'changed_at'>)[] = await database
    .select('*', database.raw(tagsColumn(database, 'volumes')))
    .from(of(owner, some).as('volumes'))
    .orderByRaw(IN_TURN);
  return rows.map((row) => ({
    ...toAttachment(row),
    ...{ changedAt: new Date(row.changed_at), owner: row.owner, sizeBytes: row.size_bytes },
    tags: toTags(row),
  }));
}

export async function countAttachments(database: Database, owner: Whose): Promise<number> {
  const rows = database('attachments');
  if (owner !== undefined) {
    rows.join('volumes', 'volumes.id', 'attachments.volume_id').where({ owner });
  }
  const [row] = await rows.count({ count: '*' });
  return Number(row?.count);
}

/** What an owner has of volumes and snapshots. */
export interface OwnerInOverview {
  owner: string;
  volumes: number;
  snapshots: number;
  /** Of both. */
  bytes: number;
}

/** So many owners, those first whose volumes and snapshots are largest together. */
export async function largestOwners(database: Database, limit: number): Promise<OwnerInOverview[]> {
  const from = (table: FileTable, isVolume: 0 | 1) =>
    database(table).select('owner', 'size_bytes', database.raw(`${isVolume} as is_volume`));
  const rows: Record<keyof OwnerInOverview, unknown>[] = await database
    .select('owner')
    .select(database.raw('sum(is_volume) as volumes, sum(1 - is_volume) as snapshots'))
    .sum({ bytes: 'size_bytes' })
    .from(from('volumes', 1).unionAll(from('snapshots', 0)).as('files'))
    .groupBy('owner')
    .orderByRaw('4 desc, 1')
    .limit(limit);
  return rows.map(({ owner, volumes, snapshots, bytes }) => ({
    owner: String(owner),
    ...{ volumes: Number(volumes), snapshots: Number(snapshots), bytes: Number(bytes) },
  }));
}
