import type { Knex } from 'knex';
import type { Database } from './database.js';
import type { OrderTable } from './files.js';
import { FAILURE, WAITING } from './states.js';
import { of, type Whose } from './whose.js';

/** Why somebody might look at a volume, a snapshot or an export: its order is waited for, or something has failed. */
export type Plight = 'under way' | 'failed';

/** Of these volumes, snapshots or exports only those with a plight. A volume may also have failed to be extended. */
export function thoseWith(
  rows: Knex.QueryBuilder,
  table: OrderTable,
  plight: Plight,
): Knex.QueryBuilder {
  if (plight === 'under way') return rows.whereIn('status', WAITING);
  return rows.where((any) => {
    any.where({ status: FAILURE });
    if (table === 'volumes') any.orWhere({ modification_state: 'failed' });
  });
}

/** How many volumes, snapshots and exports together. */
export interface Plights {
  underWay: number;
  failed: number;
  /** Of these, those that have failed since some time, and those whose file is lost. */
  failedLately: number;
}

export async function countPlights(
  database: Database,
  owner: Whose,
  since: Date,
): Promise<Plights> {
  const isLate = (table: OrderTable) =>
    table === 'exports' ? 'changed_at > ?' : '(changed_at > ? or lost_at is not null)';
  const tables = ['volumes', 'snapshots', 'exports'] as const;
  const counts = tables.flatMap((table) => [
    thoseWith(of(owner, database(table)), table, 'under way').select(
      database.raw('count(*) as under_way, 0 as failed, 0 as lately'),
    ),
    thoseWith(of(owner, database(table)), table, 'failed').select(
      database.raw('0 as under_way, count(*) as failed'),
      database.raw(`count(case when ${isLate(table)} then 1 end) as lately`, [since.toISOString()]),
    ),
  ]);
  const rows: Record<'under_way' | 'failed' | 'lately', unknown>[] =
    await database.unionAll(counts);
  const sum = (column: keyof (typeof rows)[number]) =>
    rows.reduce((all, row) => all + Number(row[column]), 0);
  return { underWay: sum('under_way'), failed: sum('failed'), failedLately: sum('lately') };
}
