import { databaseTime } from './clock.js';
import type { Database } from './database.js';
import { FAILURE } from './states.js';

/** How many of something are in a state: volumes, snapshots, attachments, or delegates of a kind. */
export interface Count {
  what: 'volumes' | 'snapshots' | 'attachments' | 'volume' | 'vmm';
  state: string;
  count: number;
}

/**
 * Counts everything by its state, in one query. A volume is `in-use` as users see it, and `failed` is short for a failure; a
 * delegate is `alive`, `draining` or `silent`.
 */
export async function countStates(database: Database, aliveSeconds: number): Promise<Count[]> {
  const status = `case status when '${FAILURE}' then 'failed' else status end`;
  const usable = `status in ('available', 'modifying')`;
  const used = `case when ${usable} and readers + writers > 0 then 'in-use' when ${usable} then 'available' else ${status} end`;
  const by = (what: string, table: string, state: string) =>
    database(table)
      .select(database.raw(`'${what}' as what, ${state} as state, count(*) as count`))
      .groupByRaw('2');
  const alive = database.raw('seen_at > ?', [databaseTime(database, -aliveSeconds)]);
  const delegates = database('delegates')
    .select(
      database.raw(
        `kind as what, case when not (?) then 'silent' when draining or drained then 'draining' else 'alive' end as state, count(*) as count`,
        [alive],
      ),
    )
    .groupByRaw('1, 2');
  const rows: Count[] = await database.unionAll([
    by('volumes', 'volumes', used),
    by('snapshots', 'snapshots', status),
    by('attachments', 'attachments', 'status'),
    delegates,
  ]);
  // PostgreSQL counts further than JavaScript, and gives texts.
  return rows.map(({ what, state, count }) => ({ what, state, count: Number(count) }));
}

/** @throws if the database does not answer */
export async function askDatabase(database: Database): Promise<void> {
  await database('leases').select('name').limit(1);
}
