import { databaseTime } from './clock.js';
import type { Database } from './database.js';

const LONGEST_SECONDS = 600;

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
  const row = { holder, until: databaseTime(database, seconds) };
  const rows = await database('leases')
    .insert({ name, ...row })
    .onConflict('name')
    .merge(row)
    .where({ 'leases.holder': holder })
    .orWhere('leases.until', '<=', databaseTime(database))
    // Longer than any is given for: the database's clock was put back since.
    .orWhere('leases.until', '>', databaseTime(database, LONGEST_SECONDS))
    .returning('name');
  return rows.length === 1;
}

/** Gives a lease back before its end, if it still is one's own. */
export async function leaveLease(database: Database, name: string, holder: string): Promise<void> {
  await database('leases').where({ name, holder }).delete();
}

/** Whether anybody has a lease now. */
export async function isHeld(database: Database, name: string): Promise<boolean> {
  const held = database('leases').where({ name }).where('until', '>', databaseTime(database));
  return (await held.first()) !== undefined;
}
