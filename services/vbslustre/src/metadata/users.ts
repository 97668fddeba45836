import type { Knex } from 'knex';
import type { Database } from './database.js';
import { NEW_SIZE, type Usage } from './usage.js';
import { WARM } from './warmClones.js';

export interface UserRecord extends Usage {
  owner: string;
  /** Of the last change that the records still tell of. */
  lastSeen: Date | undefined;
}

/** Where an owner is named, what that adds to what he has, and when it came about. */
const PLACES: readonly ((database: Database) => Knex.QueryBuilder)[] = [
  (database) => records(database, 'volumes', { volumes: 1, bytes: NEW_SIZE }),
  (database) => records(database, 'snapshots', { snapshots: 1, bytes: 'size_bytes' }),
  (database) =>
    database('fast_snapshot_restores')
      .join('snapshots', 'id', 'snapshot_id')
      .select(columns(database, 'owner', { bytes: 'wanted * size_bytes' })),
  (database) =>
    database('attachments')
      .join('volumes', 'volumes.id', 'attachments.volume_id')
      .select(columns(database, 'volumes.owner', { attachments: 1, seen: 'attach_time' })),
  (database) =>
    database('exports')
      .where({ status: 'pending' })
      .select(columns(database, 'owner', { exports: 1, seen: 'create_time' })),
  (database) =>
    database('client_tokens').select(columns(database, 'owner', { seen: 'created_at' })),
  (database) => database('user_quotas').select(columns(database, 'owner', {})),
];

/**
 * Users who have something, or a quota of their own, by their names.
 * @param after whose names sort after this one, by the database's order
 */
export async function usersOf(
  database: Database,
  {
    owner,
    after,
    limit,
  }: { owner?: string | undefined; after?: string | undefined; limit: number },
): Promise<UserRecord[]> {
  const named = database.unionAll(PLACES.map((place) => place(database)) as Knex.QueryBuilder[]);
  const query = database
    .from(named.as('named'))
    .select('owner')
    .whereNot({ owner: WARM })
    .sum({ volumes: 'volumes', snapshots: 'snapshots', bytes: 'bytes' })
    .sum({ attachments: 'attachments', exports: 'exports' })
    .max({ seen: 'seen' })
    .groupBy('owner')
    .orderBy('owner')
    .limit(limit);
  if (owner !== undefined) query.where({ owner });
  if (after !== undefined) query.where('owner', '>', after);
  const rows: Record<keyof Usage | 'owner' | 'seen', string | null>[] = await query;
  return rows.map((row) => ({
    owner: row.owner as string,
    volumes: Number(row.volumes),
    snapshots: Number(row.snapshots),
    bytes: Number(row.bytes),
    attachments: Number(row.attachments),
    exports: Number(row.exports),
    lastSeen: row.seen ? new Date(row.seen) : undefined,
  }));
}

function records(
  database: Database,
  table: string,
  counts: Parameters<typeof columns>[2],
): Knex.QueryBuilder {
  return database(table).select(columns(database, 'owner', { ...counts, seen: 'create_time' }));
}

/** The same columns of every place: a number, the name of a column, or nothing. */
function columns(
  database: Database,
  owner: string,
  counts: {
    volumes?: 1;
    snapshots?: 1;
    bytes?: string;
    attachments?: 1;
    exports?: 1;
    seen?: string;
  },
): Knex.Raw[] {
  const { volumes = 0, snapshots = 0, attachments = 0, exports = 0 } = counts;
  const { bytes = '0', seen = "''" } = counts;
  return [
    database.raw('?? as owner', [owner]),
    database.raw(
      `${volumes} as volumes, ${snapshots} as snapshots, ${attachments} as attachments, ${exports} as exports`,
    ),
    database.raw(`${bytes} as bytes, ${seen} as seen`),
  ];
}
