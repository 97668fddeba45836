import type { Knex } from 'knex';
import type { Database } from './database.js';

/**
 * The database's own time as an ISO 8601 text in UTC, for what several instances compare: their clocks may differ.
 * @param offsetSeconds later (or, if negative, earlier) than now
 */
export function databaseTime(database: Database, offsetSeconds = 0): Knex.Raw {
  if ((database.client as { dialect: string }).dialect === 'postgresql') {
    const time = `(clock_timestamp() at time zone 'utc') + ? * interval '1 second'`;
    return database.raw(`to_char(${time}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`, [offsetSeconds]);
  }
  const modifier = `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds} seconds`;
  return database.raw(`strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?)`, [modifier]);
}
