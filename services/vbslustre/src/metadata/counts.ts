import type { Knex } from 'knex';
import { databaseTime } from './clock.js';
import type { Database } from './database.js';
import type { FileTable } from './files.js';
import { FAILURE } from './states.js';
import { WARM } from './warmClones.js';

/** How many of something are in a state: volumes of users, and those that are kept ready, snapshots, attachments, or delegates of a kind. */
export interface Count {
  what: 'volumes' | 'warm clones' | 'snapshots' | 'attachments' | 'volume' | 'vmm';
  state: string;
  count: number;
}

const STATUS = `case status when '${FAILURE}' then 'failed' else status end`;

const USABLE = `status in ('available', 'modifying')`;

/** The state of a row: `failed` is short for a failure, and a volume is `available` or `in-use` as users see it. */
export const STATE_OF: Readonly<Record<FileTable, string>> = {
  volumes: `case when ${USABLE} and readers + writers > 0 then 'in-use' when ${USABLE} then 'available' else ${STATUS} end`,
  snapshots: STATUS,
};

/** Counts everything by its state, in one query. A delegate is `alive`, `draining` or `silent`. */
export async function countStates(database: Database, aliveSeconds: number): Promise<Count[]> {
  const by = (what: string, table: string, state: string) =>
    database(table)
      .select(database.raw(`'${what}' as what, ${state} as state, count(*) as count`))
      .groupByRaw('2');
  const delegates = database('delegates')
    .select(database.raw('kind as what, ? as state', [delegateState(database, aliveSeconds)]))
    .select(database.raw('count(*) as count'))
    .groupByRaw('1, 2');
  const rows: Count[] = await database.unionAll([
    by('volumes', 'volumes', STATE_OF.volumes).whereNot({ owner: WARM }),
    by('warm clones', 'volumes', STATE_OF.volumes).where({ owner: WARM }),
    by('snapshots', 'snapshots', STATE_OF.snapshots),
    by('attachments', 'attachments', 'status'),
    delegates,
  ]);
  // PostgreSQL counts further than JavaScript, and gives texts.
  return rows.map(({ what, state, count }) => ({ what, state, count: Number(count) }));
}

/** Whether a delegate is `alive`, `draining` or `silent`. */
function delegateState(database: Database, aliveSeconds: number): Knex.Raw {
  const heard = databaseTime(database, -aliveSeconds);
  return database.raw(
    "case when not (seen_at > ?) then 'silent' when draining or drained then 'draining' else 'alive' end",
    [heard],
  );
}

/** @throws if the database does not answer */
export async function askDatabase(database: Database): Promise<void> {
  await database('leases').select('name').limit(1);
}
