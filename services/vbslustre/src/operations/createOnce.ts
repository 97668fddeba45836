import type { Knex } from 'knex';
import { findUse, type TokenUse } from '../metadata/clientTokens.js';
import type { Database } from '../metadata/database.js';
import { doOnce } from './doOnce.js';

/**
 * Writes down what is to be made, unless the same request with the same client token did so before. That is looked up
 * before the request is judged: what it needed may have been deleted since, and yet it is to be told what it made.
 *
 * @param plan judges the request; called only if the token is new
 * @param write the records of the new thing, in one transaction with the token
 * @returns the new thing, or the id of the one that was made before
 * @throws {ServiceFault} `IdempotentParameterMismatch`
 */
export async function createOnce<T extends { id: string }>(
  database: Database,
  use: TokenUse,
  plan: () => Promise<T>,
  write: (transaction: Knex.Transaction, planned: T) => Promise<void>,
): Promise<{ made: T } | { known: string }> {
  const known = await findUse(database, use);
  if (known) return { known: known.resourceId };
  const planned = await plan();
  const id = await doOnce(database, use, planned.id, (transaction) => write(transaction, planned));
  return id === planned.id ? { made: planned } : { known: id };
}
