import type { Knex } from 'knex';
import type { Database } from './database.js';
import type { FileTable, OrderTable } from './files.js';
import { tagsColumn } from './tags.js';

/** Where a page ends: in the order of pages the next one begins after it. */
export interface Position {
  /** ISO 8601, in UTC. */
  createTime: string;
  id: string;
}

/** Names of filters, and the values of which what passes has one. */
export type Filters = ReadonlyMap<string, readonly string[]>;

export interface PageQuery {
  /** Who asks. */
  owner: string;
  /** Only these; all if there are none. */
  ids: readonly string[];
  filters: Filters;
  after: Position | undefined;
  /** How many rows at most. */
  limit: number;
}

/** The rows of a page, all of them the asker's: see {@link pageOfAnybody}. */
export function pageRows(
  database: Database,
  table: FileTable,
  query: PageQuery,
): Knex.QueryBuilder {
  return pageOfAnybody(database, table, query).where({ owner: query.owner });
}

/**
 * The rows of a page, oldest first, whoever owns them: who calls this says what may be seen. What is there while somebody
 * goes from page to page is met once, whatever comes and goes meanwhile: a page begins after a place, not after a number of
 * rows.
 */
export function pageOfAnybody(
  database: Database,
  table: FileTable,
  { ids, after, limit }: PageQuery,
): Knex.QueryBuilder {
  const rows = database(table)
    .select(`${table}.*`, database.raw(tagsColumn(database, table)))
    .orderBy(['create_time', 'id'])
    .limit(limit);
  if (ids.length > 0) rows.whereIn('id', ids);
  if (after) rows.whereRaw('(create_time, id) > (?, ?)', [after.createTime, after.id]);
  return rows;
}

/** Of these ids, those that are the owner's. */
export async function ownIds(
  database: Database,
  table: OrderTable,
  ids: readonly string[],
  owner: string,
): Promise<Set<string>> {
  return new Set(await database(table).where({ owner }).whereIn('id', ids).pluck('id'));
}
