import { type Database, now } from './database.js';
import { FAILURE, type FileRow, type FileStatus, type FileTable, KIND_OF } from './files.js';
import { change } from './states.js';

/** A record as the comparison with the files needs it. */
export interface ExpectedFile {
  id: string;
  status: FileStatus;
  sizeBytes: number;
  orderId: string;
  /** Since when it is a failure because its file is lost. */
  lostAt: string | undefined;
}

/**
 * The records whose ids sort after one id and not after another (if there is one). Ids of one table have one form, so
 * every database sorts them alike.
 */
export async function expectedFiles(
  database: Database,
  table: FileTable,
  after: string,
  upTo: string | undefined,
): Promise<ExpectedFile[]> {
  const records = database(table)
    .select('id', 'status', 'size_bytes', 'order_id', 'lost_at')
    .where('id', '>', after);
  const rows: FileRow[] = await (upTo === undefined ? records : records.where('id', '<=', upTo));
  return rows.map((row) => ({
    id: row.id,
    status: row.status,
    sizeBytes: Number(row.size_bytes),
    orderId: row.order_id,
    lostAt: row.lost_at ?? undefined,
  }));
}

/** Whether a file of this name has a record. */
export async function isExpected(database: Database, name: string): Promise<boolean> {
  const table = name.startsWith('vol-') ? 'volumes' : 'snapshots';
  return (await database(table).select('id').where({ id: name }).first()) !== undefined;
}

/** Of these orders, those whose files are waited for. */
export async function awaitedOrders(
  database: Database,
  orderIds: readonly string[],
): Promise<Set<string>> {
  const awaited = new Set<string>();
  for (const table of ['volumes', 'snapshots']) {
    const rows: Pick<FileRow, 'order_id'>[] = await database(table)
      .select('order_id')
      .whereIn('status', ['pending', 'modifying'])
      .whereIn('order_id', orderIds);
    for (const row of rows) awaited.add(row.order_id);
  }
  return awaited;
}

/** Of these volumes and snapshots, those that are being deleted, with their parts. */
export async function deletedFiles(
  database: Database,
  ids: readonly string[],
): Promise<Set<string>> {
  const deleted = new Set<string>();
  for (const table of ['volumes', 'snapshots']) {
    const rows = database(table).where({ status: 'deleting' }).whereIn('id', ids);
    for (const id of await rows.pluck('id')) deleted.add(id);
  }
  return deleted;
}

/** Makes a failure of what is available and has no file that could be used. */
export async function loseFile(
  database: Database,
  table: FileTable,
  { id, orderId }: ExpectedFile,
  reason: string,
): Promise<boolean> {
  return change(database, KIND_OF[table], id, {
    from: ['available'],
    to: FAILURE,
    where: { order_id: orderId },
    set: { status_message: reason, lost_at: now() },
  });
}

/** Makes available again what was lost. */
export async function findFileAgain(
  database: Database,
  table: FileTable,
  { id, lostAt }: ExpectedFile,
): Promise<boolean> {
  if (lostAt === undefined) return false;
  return change(database, KIND_OF[table], id, {
    from: [FAILURE],
    to: 'available',
    where: { lost_at: lostAt },
    set: { status_message: null, lost_at: null },
  });
}
