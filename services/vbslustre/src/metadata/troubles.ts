import type { Knex } from 'knex';
import { databaseTime } from './clock.js';
import type { Database } from './database.js';
import { Postgres } from './postgres.js';
import { FAILURE, WAITING } from './states.js';

/** What does not get on, or is lost. */
export interface Trouble {
  kind: 'volume' | 'snapshot' | 'export' | 'verification' | 'attachment';
  /** Of an attachment: that of its volume; of a verification: that of its snapshot. */
  id: string;
  /** As it stands in the record; `lost`: there is no file that could be used. */
  status: string;
  since: Date;
}

const TABLES = {
  ...{ volume: 'volumes', snapshot: 'snapshots' },
  ...{ export: 'exports', verification: 'verifications' },
} as const;

/**
 * Files that no Volume Delegate works on, attachments of which nobody knows the end, and volumes and snapshots whose file is
 * lost; the oldest first.
 * @param seconds for how long it has been so; by the clocks of the front ends, as the times of the records are
 */
export async function troubles(
  database: Database,
  seconds: number,
  limit: number,
): Promise<Trouble[]> {
  const before = new Date(Date.now() - seconds * 1000).toISOString();
  const columns = (kind: Trouble['kind'], id: string, status: string, since: string): Knex.Raw =>
    database.raw(`'${kind}' as kind, ${id} as id, ${status} as status, ${since} as since`);
  const files = (['volume', 'snapshot', 'export', 'verification'] as const).map((kind) =>
    database(TABLES[kind])
      .select(columns(kind, 'id', 'status', 'changed_at'))
      .whereIn('status', WAITING)
      .where('changed_at', '<', before)
      .where('lease_until', '<=', databaseTime(database)),
  );
  const lost = (['volume', 'snapshot'] as const).map((kind) =>
    database(TABLES[kind])
      .select(columns(kind, 'id', `'lost'`, 'lost_at'))
      .where({ status: FAILURE })
      .whereNotNull('lost_at'),
  );
  const attachments = database('attachments')
    .select(columns('attachment', 'volume_id', 'status', 'changed_at'))
    .whereIn('status', ['attaching', 'detaching'])
    .where('changed_at', '<', before);
  const all = database.unionAll([...files, ...lost, attachments]);
  const rows: (Omit<Trouble, 'since'> & { since: string })[] = await database
    .from(all.as('troubles'))
    .select('*')
    .orderBy(['since', 'id'])
    .limit(limit);
  return rows.map(({ kind, id, status, since }) => ({ kind, id, status, since: new Date(since) }));
}

/** `SQLite 3.50.1`, `PostgreSQL 17.5`. @throws if it does not answer */
export async function databaseVersion(database: Database): Promise<string> {
  if (database.client instanceof Postgres) {
    const { rows } = await database.raw('show server_version');
    return `PostgreSQL ${rows[0].server_version}`;
  }
  const row = await database.select(database.raw('sqlite_version() as version')).first();
  return `SQLite ${row.version}`;
}
