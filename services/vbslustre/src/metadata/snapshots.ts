import type { Knex } from 'knex';
import type { Consistency } from './consistency.js';
import type { Database } from './database.js';
import { type FileRecord, type FileRow, pendingRow, toRecord } from './files.js';
import { filterSnapshots } from './filters.js';
import { type PageQuery, pageOfAnybody, pageRows } from './pages.js';
import { leaveAllRestorable, leavePublic, leaveRestorable } from './permissions.js';
import { putTags, type Tag, type TagsColumn, tagsColumn, toTags } from './tags.js';
import type { SnapshotData } from './volumes.js';

export interface Snapshot extends FileRecord {
  /** The volume that it is a copy of; it may be gone. */
  volumeId: string;
  description: string | undefined;
  consistency: Consistency;
  /** While a hypervisor fills its file. */
  copying: Copying | undefined;
  /** Whether the SHA-256 of its file was asked for. */
  checksum: boolean;
  /** That of its file, since that was made. */
  sha256: string | undefined;
  /** Whether it is being read, to see whether it is what it was. */
  verifying: boolean;
  /** What came of that the last time. */
  verdict: Verdict | undefined;
  tags: readonly Tag[];
}

export interface Verdict {
  /** `failed`: it could not be read. */
  state: 'intact' | 'damaged' | 'failed';
  time: Date;
  /** What is wrong. */
  message: string | undefined;
}

export interface Copying {
  vmm: string;
  instanceId: string;
  /** Whether it is known to have begun. */
  begun: boolean;
}

export type NewSnapshot = Pick<
  Snapshot,
  | 'id'
  | 'owner'
  | 'volumeId'
  | 'sizeBytes'
  | 'description'
  | 'consistency'
  | 'copying'
  | 'orderId'
  | 'delegate'
  | 'tags'
> &
  Partial<Pick<Snapshot, 'checksum'>>;

interface Row extends FileRow, TagsColumn {
  volume_id: string;
  description: string | null;
  consistency: Consistency;
  copied_on: string | null;
  copied_from: string | null;
  copy_begun: boolean | number;
  checksum: boolean | number;
  sha256: string | null;
  verifying: boolean | number;
  verify_state: Verdict['state'] | null;
  verify_time: string | null;
  verify_message: string | null;
}

export async function insertSnapshot(database: Database, snapshot: NewSnapshot): Promise<void> {
  await database('snapshots').insert({
    ...pendingRow(database, snapshot),
    volume_id: snapshot.volumeId,
    description: snapshot.description ?? null,
    consistency: snapshot.consistency,
    copied_on: snapshot.copying?.vmm ?? null,
    copied_from: snapshot.copying?.instanceId ?? null,
    checksum: snapshot.checksum ?? false,
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

/** The snapshot, if this user may make volumes from it. */
export async function findRestorable(
  database: Database,
  id: string,
  userId: string,
): Promise<Snapshot | undefined> {
  const found = database('snapshots')
    .select('snapshots.*', database.raw(tagsColumn(database, 'snapshots')))
    .where({ id });
  leaveRestorable(found, userId);
  const [row]: Row[] = await found;
  return row && toSnapshot(row);
}

/** Of these ids, those that this user may make volumes from. */
export async function restorableIds(
  database: Database,
  ids: readonly string[],
  userId: string,
): Promise<Set<string>> {
  const found = database('snapshots').whereIn('id', ids);
  leaveRestorable(found, userId);
  return new Set(await found.pluck('id'));
}

/** Which snapshots, of all that the asker may make volumes from. */
export interface Reach {
  /** Anybody's if absent. */
  owners: readonly string[] | undefined;
  /** Only those that are shared with all. */
  isPublic: boolean;
}

/** @param reach only the asker's own if absent */
export async function snapshotsPage(
  database: Database,
  query: PageQuery,
  reach: Reach | undefined,
): Promise<Snapshot[]> {
  const snapshots = reach
    ? withinReach(pageOfAnybody(database, 'snapshots', query), reach, query)
    : pageRows(database, 'snapshots', query);
  filterSnapshots(snapshots, query.filters, query.owner);
  const rows: Row[] = await snapshots;
  return rows.map(toSnapshot);
}

function withinReach(
  snapshots: Knex.QueryBuilder,
  { owners, isPublic }: Reach,
  { ids, owner: userId }: PageQuery,
): Knex.QueryBuilder {
  if (ids.length > 0) leaveRestorable(snapshots, userId);
  else leaveAllRestorable(snapshots, userId);
  if (isPublic) leavePublic(snapshots);
  return owners ? snapshots.whereIn('owner', owners) : snapshots;
}

/** What volumes that are made from it begin with, if that can be compared. */
export function dataOf({ sha256, sizeBytes }: Snapshot): SnapshotData | undefined {
  return sha256 === undefined ? undefined : { sha256, sizeBytes };
}

function toSnapshot(row: Row): Snapshot {
  const { copied_on: vmm, copied_from: instanceId } = row;
  return {
    volumeId: row.volume_id,
    description: row.description ?? undefined,
    consistency: row.consistency,
    copying:
      vmm !== null && instanceId !== null
        ? { vmm, instanceId, begun: Boolean(row.copy_begun) }
        : undefined,
    checksum: Boolean(row.checksum),
    sha256: row.sha256 ?? undefined,
    verifying: Boolean(row.verifying),
    verdict: toVerdict(row),
    tags: toTags(row),
    ...toRecord(row),
  };
}

function toVerdict({ verify_state, verify_time, verify_message }: Row): Verdict | undefined {
  if (verify_state === null || verify_time === null) return undefined;
  const message = verify_message ?? undefined;
  return { state: verify_state, time: new Date(verify_time), message };
}
