import { type Database, now } from './database.js';
import { FAILURE, type FileRecord, type FileRow, pendingRow } from './files.js';
import type { PageQuery } from './pages.js';

/** A volume or snapshot that is written to a file in its owner's exchange folder. */
export interface ExportTask
  extends Pick<
    FileRecord,
    | 'id'
    | 'owner'
    | 'sizeBytes'
    | 'statusMessage'
    | 'createTime'
    | 'orderId'
    | 'delegate'
    | 'bytesDone'
  > {
  status: 'pending' | 'available' | typeof FAILURE;
  /** The volume or snapshot; it may be gone when the task has ended. */
  sourceId: string;
  fileName: string;
}

export type NewExport = Pick<
  ExportTask,
  'id' | 'owner' | 'sourceId' | 'fileName' | 'sizeBytes' | 'orderId' | 'delegate'
>;

/** How long a task is shown that has ended, in milliseconds. */
const KEPT_MS = 7 * 24 * 3_600_000;
/** Little enough to delay nobody. */
const PURGE_ROWS = 1_000;

export interface ExportRow
  extends Omit<FileRow, 'status' | 'copies' | 'lost_at' | 'creation_method'> {
  status: ExportTask['status'];
  source_id: string;
  file_name: string;
}

export async function insertExport(database: Database, task: NewExport): Promise<void> {
  const names = { source_id: task.sourceId, file_name: task.fileName };
  await database('exports').insert({ ...pendingRow(database, task), ...names });
}

export async function findExport(database: Database, id: string): Promise<ExportTask | undefined> {
  const row: ExportRow | undefined = await database('exports').where({ id }).first();
  return row && toExport(row);
}

/** A page, oldest first: see {@link pageRows}. */
export async function exportsPage(
  database: Database,
  { owner, ids, after, limit }: PageQuery,
): Promise<ExportTask[]> {
  const tasks = database('exports').where({ owner }).orderBy(['create_time', 'id']).limit(limit);
  if (ids.length > 0) tasks.whereIn('id', ids);
  if (after) tasks.whereRaw('(create_time, id) > (?, ?)', [after.createTime, after.id]);
  const rows: ExportRow[] = await tasks;
  return rows.map(toExport);
}

/** Forgets tasks that have ended more than a week ago, so many at once that nobody waits for it. */
export async function purgeExports(database: Database): Promise<void> {
  const oldest = new Date(Date.parse(now()) - KEPT_MS).toISOString();
  const some = database('exports')
    .select('id')
    .whereIn('status', ['available', FAILURE])
    .where('changed_at', '<', oldest)
    .limit(PURGE_ROWS);
  await database('exports').whereIn('id', some).delete();
}

/** Of these ids, those of tasks whose file is waited for. */
export async function activeExports(
  database: Database,
  ids: readonly string[],
): Promise<Set<string>> {
  const active = database('exports').where({ status: 'pending' }).whereIn('id', ids);
  return new Set(await active.pluck('id'));
}

export function toExport(row: ExportRow): ExportTask {
  return {
    id: row.id,
    owner: row.owner,
    sourceId: row.source_id,
    fileName: row.file_name,
    sizeBytes: row.size_bytes,
    status: row.status,
    statusMessage: row.status_message ?? undefined,
    createTime: new Date(row.create_time),
    orderId: row.order_id,
    delegate: row.delegate,
    bytesDone: row.bytes_done ?? undefined,
  };
}
