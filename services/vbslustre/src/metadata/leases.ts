import type { Database } from './database.js';

/**
 * Takes a lease, or renews one's own, by the database's clock: instances may disagree about the time.
 * @returns false if somebody else has it
 */
export async function takeLease(
  database: Database,
  name: string,
  holder: string,
  seconds: number,
): Promise<boolean> {
  const time = isPostgres(database) ? POSTGRES_TIME : SQLITE_TIME;
  const row = { holder, until: database.raw(time(seconds)) };
  const rows = await database('leases')
    .insert({ name, ...row })
    .onConflict('name')
    .merge(row)
    .where({ 'leases.holder': holder })
    .orWhere('leases.until', '<=', database.raw(time(0)))
    .returning('name');
  return rows.length === 1;
}

/** Gives a lease back before its end, if it still is one's own. */
export async function leaveLease(database: Database, name: string, holder: string): Promise<void> {
  await database('leases').where({ name, holder }).delete();
}

function isPostgres(database: Database): boolean {
  return database.client.dialect === 'postgresql';
}

// Now and so many seconds, as an ISO 8601 text in UTC. `now()` of PostgreSQL would be the transaction's beginning.
const SQLITE_TIME = (seconds: number): string =>
  `strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+${seconds} seconds')`;
const POSTGRES_TIME = (seconds: number): string =>
  `to_char((clock_timestamp() + interval '${seconds} seconds') at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
