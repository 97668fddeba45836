import { type Database, rowsOf } from './database.js';

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
  const statement = `
    insert into leases (name, holder, until) values (?, ?, ${time(seconds)})
    on conflict (name) do update set holder = excluded.holder, until = excluded.until
    where leases.holder = excluded.holder or leases.until <= ${time(0)}
    returning holder`;
  return rowsOf(await database.raw(statement, [name, holder])).length === 1;
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
