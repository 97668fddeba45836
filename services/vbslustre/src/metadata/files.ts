import type { Knex } from 'knex';
import { databaseTime } from './clock.js';
import { type Consistency, pinColumn } from './consistency.js';
import { type Database, now } from './database.js';
import { newLease } from './orderLeases.js';
import {
  change,
  FAILURE,
  type FileStatus,
  firstStatus,
  type Kind,
  NONE,
  WAITING,
  type WaitingStatus,
} from './states.js';

export { FAILURE, type FileStatus };

/** Volumes and snapshots are files that live the same life; these are their tables. */
export type FileTable = 'volumes' | 'snapshots';

/** What has a status that waits for an order. */
export type OrderTable = FileTable | 'exports' | 'verifications';

export const KIND_OF = {
  volumes: 'volume',
  snapshots: 'snapshot',
  exports: 'export',
  verifications: 'verification',
} as const satisfies Record<OrderTable, Kind>;

/** Where a volume or snapshot is, by its id. */
export function tableOf(id: string): FileTable {
  return id.startsWith('snap-') ? 'snapshots' : 'volumes';
}

/** What the record of a volume and that of a snapshot have in common. */
export interface FileRecord {
  id: string;
  owner: string;
  sizeBytes: number;
  status: FileStatus;
  statusMessage: string | undefined;
  createTime: Date;
  /** The order that the status waits, or waited, for. */
  orderId: string;
  /** The Volume Delegate that has the order. */
  delegate: string;
  /** Files that are being copied from this one while nobody can write to it. */
  copies: number;
  /** While it is pending or modifying: bytes of its file that are written; undefined if that is not known. */
  bytesDone: number | undefined;
  /** How its file was made; undefined if that is not known. */
  creationMethod: string | undefined;
  /** Since when it is a failure because its file is lost (ISO 8601). */
  lostAt: string | undefined;
  /** While it is deleting: whether it was pending before. What it is copied from is kept until the copy surely has ended. */
  cancelled: boolean;
}

export interface FileRow {
  id: string;
  owner: string;
  size_bytes: number;
  status: FileStatus;
  status_message: string | null;
  create_time: string;
  changed_at: string;
  order_id: string;
  delegate: string;
  copies: number;
  lost_at: string | null;
  bytes_done: number | null;
  creation_method: string | null;
  cancelled: boolean | number;
}

/** A status that waits for an order. */
export interface Wait {
  id: string;
  orderId: string;
  status: WaitingStatus;
}

export interface Outcome {
  status: 'available' | typeof FAILURE;
  message?: string | undefined;
  /** How a file that is available was made. */
  method?: string | undefined;
  /** Of the file of a snapshot that is available. */
  sha256?: string | undefined;
}

export function toRecord(row: FileRow): FileRecord {
  return {
    id: row.id,
    owner: row.owner,
    sizeBytes: row.size_bytes,
    status: row.status,
    statusMessage: row.status_message ?? undefined,
    createTime: new Date(row.create_time),
    orderId: row.order_id,
    delegate: row.delegate,
    copies: row.copies,
    lostAt: row.lost_at ?? undefined,
    bytesDone: row.bytes_done ?? undefined,
    creationMethod: row.creation_method ?? undefined,
    cancelled: Boolean(row.cancelled),
  };
}

/** The columns of a file that is about to be ordered. */
export function pendingRow(
  database: Database,
  file: Pick<FileRecord, 'id' | 'owner' | 'sizeBytes' | 'orderId' | 'delegate'>,
): Omit<
  FileRow,
  'status_message' | 'copies' | 'lost_at' | 'bytes_done' | 'creation_method' | 'cancelled'
> & {
  lease_until: Knex.Raw;
} {
  const time = now();
  return {
    id: file.id,
    owner: file.owner,
    size_bytes: file.sizeBytes,
    status: firstStatus('volume'),
    create_time: time,
    changed_at: time,
    order_id: file.orderId,
    delegate: file.delegate,
    lease_until: newLease(database),
  };
}

/** Ends a wait with an outcome, if it still is. */
export async function settle(
  database: Database,
  table: OrderTable,
  wait: Wait,
  outcome: Outcome,
): Promise<boolean> {
  return change(database, KIND_OF[table], wait.id, {
    from: [wait.status],
    to: outcome.status,
    where: { order_id: wait.orderId },
    set: {
      status_message: outcome.message ?? null,
      ...(outcome.method !== undefined && { creation_method: outcome.method }),
      ...(outcome.sha256 !== undefined && { sha256: outcome.sha256 }),
    },
  });
}

/** Ends a wait with the end of the record, if it still is. */
export async function remove(database: Database, table: OrderTable, wait: Wait): Promise<boolean> {
  return change(database, KIND_OF[table], wait.id, {
    from: [wait.status],
    to: NONE,
    where: { order_id: wait.orderId },
  });
}

/** Starts a deletion, if no copy is made of the file and no instance has it; of one that is pending, it ends the making. */
export async function startDeleting(
  database: Database,
  table: FileTable,
  id: string,
  orderId: string,
): Promise<boolean> {
  return change(database, KIND_OF[table], id, {
    from: ['pending', 'available', FAILURE],
    to: 'deleting',
    where:
      table === 'volumes' ? { copies: 0, live_copies: 0, readers: 0, writers: 0 } : { copies: 0 },
    // A deletion that fails must not end in a file that is found again.
    set: {
      ...{ order_id: orderId, lost_at: null, lease_until: newLease(database) },
      cancelled: database.raw('status = ?', ['pending']),
    },
  });
}

/** Keeps a file that nobody writes as it is while it is copied. */
export async function pin(database: Database, table: FileTable, id: string): Promise<boolean> {
  const unwritten = table === 'volumes' ? { writers: 0 } : {};
  const changed = await database(table)
    .where({ id, status: 'available', ...unwritten })
    .update({ copies: database.raw('copies + 1') });
  return changed === 1;
}

/** @param consistency of the copy that has ended */
export async function unpin(
  database: Database,
  table: FileTable,
  id: string,
  consistency: Consistency = 'exact',
): Promise<void> {
  const column = pinColumn(consistency);
  await database(table)
    .where({ id })
    .update({ [column]: database.raw(`${column} - 1`) });
}

/** Notes that another Volume Delegate gets the order; false if it is waited for no longer. */
export async function moveOrder(
  database: Database,
  table: OrderTable,
  { id, orderId }: Pick<FileRecord, 'id' | 'orderId'>,
  delegate: string,
): Promise<boolean> {
  const changed = await database(table)
    .where({ id, order_id: orderId })
    .whereIn('status', WAITING)
    .update({ delegate, bytes_done: null, lease_until: newLease(database) });
  return changed === 1;
}

/** Gives a wait another order, and delegate, if it still is and the lease of the one that it has is over. */
export async function renewOrder(
  database: Database,
  table: OrderTable,
  wait: Wait,
  { orderId, delegate }: Pick<FileRecord, 'orderId' | 'delegate'>,
): Promise<boolean> {
  return change(database, KIND_OF[table], wait.id, {
    from: [wait.status],
    to: wait.status,
    where: { order_id: wait.orderId },
    // Never before its lease is over.
    until: { lease_until: databaseTime(database) },
    set: { order_id: orderId, delegate, bytes_done: null, lease_until: newLease(database) },
  });
}

/** The ids of files whose status has waited for an order since before `changedBefore`. */
export async function waitingSince(
  database: Database,
  table: OrderTable,
  changedBefore: Date,
): Promise<string[]> {
  const rows: { id: string }[] = await database(table)
    .select('id')
    .whereIn('status', WAITING)
    .where('changed_at', '<', changedBefore.toISOString());
  return rows.map(({ id }) => id);
}
