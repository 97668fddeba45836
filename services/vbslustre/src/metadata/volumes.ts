import type { Consistency } from './consistency.js';
import type { Database } from './database.js';
import { type FileRecord, type FileRow, pendingRow, toRecord } from './files.js';
import type { ModificationState } from './modifications.js';
import { putTags, type Tag } from './tags.js';

/** A file in an exchange folder, and the size that it had. */
export interface ImportedFile {
  fileName: string;
  sizeBytes: number;
}

/** The data of a snapshot. */
export interface SnapshotData {
  sha256: string;
  sizeBytes: number;
}

export interface Volume extends FileRecord {
  /** The snapshot that it was made from. */
  snapshotId: string | undefined;
  /** What that was; undefined also if it was not written down yet when the volume was made. */
  snapshotConsistency: Consistency | undefined;
  /** What its file is to begin with; undefined if the snapshot had no SHA-256. */
  snapshotData: SnapshotData | undefined;
  /** The file of its owner that it was made from. */
  importFrom?: ImportedFile | undefined;
  /** The one that its owner has named. */
  volumeType: string | undefined;
  /** It is never written, and may be the same file as its snapshot. */
  readOnly: boolean;
  /** Attachments by their mode, those included that are on their way. */
  readers: number;
  writers: number;
  /** Copies being made of its file beside which a machine may write. */
  liveCopies: number;
  /** Of the last modification: what became of it, the size that it was to give, and why it has failed. */
  modificationState: ModificationState | undefined;
  targetSizeBytes: number | undefined;
  modificationMessage: string | undefined;
  /** Its file has its new size, and only the machines are yet to be told. */
  isExtended: boolean;
}

export type NewVolume = Pick<
  Volume,
  | 'id'
  | 'owner'
  | 'sizeBytes'
  | 'snapshotId'
  | 'snapshotConsistency'
  | 'importFrom'
  | 'orderId'
  | 'delegate'
> &
  Partial<Pick<Volume, 'volumeType' | 'readOnly' | 'snapshotData'>> & { tags: readonly Tag[] };

export interface VolumeRow extends FileRow {
  snapshot_id: string | null;
  snapshot_consistency: Consistency | null;
  snapshot_sha256: string | null;
  snapshot_bytes: number | null;
  import_file: string | null;
  import_bytes: number | null;
  volume_type: string | null;
  read_only: boolean | number;
  readers: number;
  writers: number;
  live_copies: number;
  modification_state: ModificationState | null;
  target_size_bytes: number | null;
  modification_message: string | null;
  extended_at: string | null;
}

export async function insertVolume(database: Database, volume: NewVolume): Promise<void> {
  await database('volumes').insert({
    ...pendingRow(database, volume),
    snapshot_id: volume.snapshotId ?? null,
    snapshot_consistency: volume.snapshotConsistency ?? null,
    snapshot_sha256: volume.snapshotData?.sha256 ?? null,
    snapshot_bytes: volume.snapshotData?.sizeBytes ?? null,
    import_file: volume.importFrom?.fileName ?? null,
    import_bytes: volume.importFrom?.sizeBytes ?? null,
    volume_type: volume.volumeType ?? null,
    read_only: volume.readOnly ?? false,
  });
  await putTags(database, 'volumes', [volume.id], volume.tags);
}

export async function findVolume(database: Database, id: string): Promise<Volume | undefined> {
  const row: VolumeRow | undefined = await database('volumes').where({ id }).first();
  return row && toVolume(row);
}

/**
 * Takes a place as a reader or as the writer of a volume, in one statement: many readers, or one writer and
 * nobody else (paper, section 4.3).
 */
export async function takePlace(database: Database, id: string, mode: 'r' | 'w'): Promise<boolean> {
  const unwritten = { id, status: 'available', writers: 0 };
  const changed =
    mode === 'r'
      ? await database('volumes')
          .where(unwritten)
          .update({ readers: database.raw('readers + 1') })
      : await database('volumes')
          .where({ ...unwritten, readers: 0, copies: 0, read_only: false })
          .update({ writers: 1 });
  return changed === 1;
}

/**
 * Makes other transactions wait that change this volume. Whoever changes a volume and its attachments begins with the
 * volume: two that begin at different ends would wait for each other.
 */
export async function lockVolume(transaction: Database, id: string): Promise<void> {
  await transaction('volumes').select('id').where({ id }).forUpdate();
}

export async function leavePlace(database: Database, id: string, mode: 'r' | 'w'): Promise<void> {
  const column = mode === 'r' ? 'readers' : 'writers';
  await database('volumes')
    .where({ id })
    .update({ [column]: database.raw(`${column} - 1`) });
}

export function toVolume(row: VolumeRow): Volume {
  return {
    snapshotId: row.snapshot_id ?? undefined,
    snapshotConsistency: row.snapshot_consistency ?? undefined,
    snapshotData: toSnapshotData(row),
    importFrom: toImported(row),
    volumeType: row.volume_type ?? undefined,
    readOnly: Boolean(row.read_only),
    readers: row.readers,
    writers: row.writers,
    liveCopies: row.live_copies,
    modificationState: row.modification_state ?? undefined,
    targetSizeBytes: row.target_size_bytes ?? undefined,
    modificationMessage: row.modification_message ?? undefined,
    isExtended: row.extended_at !== null,
    // At the end: V8 takes six times as long to add properties to what was spread.
    ...toRecord(row),
  };
}

function toSnapshotData({
  snapshot_sha256: sha256,
  snapshot_bytes: bytes,
}: VolumeRow): SnapshotData | undefined {
  if (sha256 === null || bytes === null) return undefined;
  return { sha256, sizeBytes: Number(bytes) };
}

function toImported({ import_file, import_bytes }: VolumeRow): ImportedFile | undefined {
  if (import_file === null || import_bytes === null) return undefined;
  return { fileName: import_file, sizeBytes: Number(import_bytes) };
}
