import type { Knex } from 'knex';
import { databaseTime } from './clock.js';
import type { Database } from './database.js';
import type { OrderTable } from './files.js';
import { WAITING } from './states.js';

/**
 * How long an order stays with a Volume Delegate that is not heard of: its lease. Longer than it takes to give an
 * order (10 s), and than a delegate is silent without being gone (three announcements).
 */
export const LEASE_SECONDS = 20;

const TABLES = ['volumes', 'snapshots', 'exports', 'verifications'] as const;

/** The order of a file that waits for it. */
export interface LeasedOrder {
  table: OrderTable;
  id: string;
  orderId: string;
}

/** What `lease_until` becomes when an order is given, or is announced. */
export function newLease(database: Database): Knex.Raw {
  return databaseTime(database, LEASE_SECONDS);
}

/** Gives the delegate that has answered an order the time to work on it. @returns false if it is not waited for */
export async function grantLease(
  database: Database,
  { table, id, orderId }: LeasedOrder,
): Promise<boolean> {
  const changed = await waiting(database, table)
    .where({ id, order_id: orderId })
    .update({ lease_until: newLease(database) });
  return changed > 0;
}

/** The delegate has not taken an order: another one may have it at once. */
export async function endLease(
  database: Database,
  { table, id, orderId }: LeasedOrder,
): Promise<void> {
  await waiting(database, table)
    .where({ id, order_id: orderId })
    .update({ lease_until: databaseTime(database) });
}

/**
 * Renews the leases of the orders that a Volume Delegate works on.
 * @returns those of them that nobody waits for, from this delegate, any more
 */
export async function renewLeases(
  database: Database,
  delegate: string,
  orderIds: readonly string[],
): Promise<string[]> {
  const held = new Set<string>();
  if (orderIds.length === 0) return [];
  for (const table of TABLES) {
    const rows: { order_id: string }[] = await waiting(database, table)
      .where({ delegate })
      .whereIn('order_id', orderIds)
      .update({ lease_until: newLease(database) })
      .returning('order_id');
    for (const { order_id } of rows) held.add(order_id);
  }
  return orderIds.filter((orderId) => !held.has(orderId));
}

/** Ends the leases of a Volume Delegate that takes no more orders, but for those that it still works on. */
export async function endLeases(
  database: Database,
  delegate: string,
  workingOn: readonly string[],
): Promise<void> {
  for (const table of TABLES) {
    await waiting(database, table)
      .where({ delegate })
      .whereNotIn('order_id', workingOn)
      .update({ lease_until: databaseTime(database) });
  }
}

/** The orders whose lease is over: their delegate is gone, has handed them over, or has never received them. */
export async function ordersWithoutLease(database: Database): Promise<LeasedOrder[]> {
  const orders: LeasedOrder[] = [];
  for (const table of TABLES) {
    const rows: { id: string; order_id: string }[] = await waiting(database, table)
      .select('id', 'order_id')
      .where('lease_until', '<=', databaseTime(database));
    for (const { id, order_id: orderId } of rows) orders.push({ table, id, orderId });
  }
  return orders;
}

function waiting(database: Database, table: OrderTable): Knex.QueryBuilder {
  return database(table).whereIn('status', WAITING);
}
