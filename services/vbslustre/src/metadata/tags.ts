import type { Database } from './database.js';
import type { FileTable } from './files.js';
import { Postgres } from './postgres.js';
import { lockOwner } from './usage.js';

export interface Tag {
  key: string;
  value: string;
}

export const TAGS_OF = { volumes: 'volume_tags', snapshots: 'snapshot_tags' } as const;

/** Another column of a row of a volume or snapshot: its tags, all in one. */
export interface TagsColumn {
  /** JSON; null if there are none. */
  tags: string | null;
}

/** Selects {@link TagsColumn}. */
export function tagsColumn(database: Database, table: FileTable): string {
  const gather =
    database.client instanceof Postgres
      ? 'json_object_agg(key, value)::text'
      : "nullif(json_group_object(key, value), '{}')";
  return `(select ${gather} from ${TAGS_OF[table]} where resource_id = ${table}.id) as tags`;
}

/** In the order of their keys. */
export function toTags({ tags }: TagsColumn): Tag[] {
  if (tags === null) return [];
  const entries = Object.entries(JSON.parse(tags) as Record<string, string>);
  return entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => ({ key, value }));
}

/**
 * Of these ids, those that are the owner's. They stay, and nobody else changes their tags, while the transaction lasts. All
 * else may go on: who ends a snapshot locks it and then its volume, and would wait for us as we for him.
 */
export async function lockOwn(
  transaction: Database,
  table: FileTable,
  ids: readonly string[],
  owner: string,
): Promise<string[]> {
  await lockOwner(transaction, owner);
  const own = transaction(table).select('id').where({ owner }).whereIn('id', ids);
  const rows: { id: string }[] = await own.forKeyShare();
  return rows.map(({ id }) => id);
}

/** SQLite takes no more in one statement. */
const ROWS_AT_ONCE = 500;

/** Adds tags to each of these, or gives those that are there these values. */
export async function putTags(
  database: Database,
  table: FileTable,
  ids: readonly string[],
  tags: readonly Tag[],
): Promise<void> {
  const rows = ids.flatMap((id) => tags.map((tag) => ({ resource_id: id, ...tag })));
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
    const some = rows.slice(at, at + ROWS_AT_ONCE);
    await database(TAGS_OF[table]).insert(some).onConflict(['resource_id', 'key']).merge(['value']);
  }
}

/** One of these that has more tags than it may. */
export async function withTooManyTags(
  database: Database,
  table: FileTable,
  ids: readonly string[],
  max: number,
): Promise<string | undefined> {
  const row: { resource_id: string } | undefined = await database(TAGS_OF[table])
    .select('resource_id')
    .whereIn('resource_id', ids)
    .groupBy('resource_id')
    .havingRaw('count(*) > ?', [max])
    .first();
  return row?.resource_id;
}

/** Removes one tag of all of these, if it is there and has the value. @param value any if absent */
export async function removeTag(
  database: Database,
  table: FileTable,
  ids: readonly string[],
  key: string,
  value: string | undefined,
): Promise<void> {
  const rows = database(TAGS_OF[table]).whereIn('resource_id', ids).where({ key });
  if (value !== undefined) rows.where({ value });
  await rows.delete();
}

export async function removeAllTags(
  database: Database,
  table: FileTable,
  ids: readonly string[],
): Promise<void> {
  await database(TAGS_OF[table]).whereIn('resource_id', ids).delete();
}
