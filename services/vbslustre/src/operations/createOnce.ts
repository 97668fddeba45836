import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { Knex } from 'knex';
import { findUse, type TokenUse, tell } from '../metadata/clientTokens.js';
import type { Database } from '../metadata/database.js';
import { doOnce } from './doOnce.js';
import { endDryRun } from './dryRun.js';

/**
 * Writes down what is to be made, unless the same request with the same client token did so before. That is looked up
 * before the request is judged: what it needed may have been deleted since, and yet it is to be told what it made.
 *
 * @param plan judges the request; called only if the token is new
 * @param write the records of the new thing, in one transaction with the token; it may give it another id if it binds the
 * token to that
 * @param check throws if nobody is to be told yet of what was made before, since it may still be taken back
 * @returns the new thing, or the id of the one that was made before
 * @throws {ServiceFault} `IdempotentParameterMismatch`; `DryRunOperation` if it would have been done
 */
export async function createOnce<T extends { id: string }>(
  database: Database,
  use: TokenUse,
  plan: () => Promise<T>,
  write: (transaction: Knex.Transaction, planned: T) => Promise<void>,
  check: (id: string) => Promise<void> = async () => {},
): Promise<{ made: T } | { known: string }> {
  const before = await findUse(database, use);
  if (before) endDryRun(use);
  if (before) await check(before.resourceId);
  if (before && (await tell(database, use))) return { known: before.resourceId };
  const planned = await plan();
  const { id: plannedId } = planned;
  const id = await doOnce(database, use, plannedId, (transaction) => write(transaction, planned));
  if (id === plannedId) return { made: planned };
  await check(id);
  if (await tell(database, use)) return { known: id };
  throw new ServiceFault('Unavailable', 'It could not be made now; try again later.');
}
