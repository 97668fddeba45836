import type { Knex } from 'knex';
import { bindToken, findUse, type TokenUse } from '../metadata/clientTokens.js';
import { type Database, isUniqueViolation } from '../metadata/database.js';
import { endDryRun } from './dryRun.js';

/**
 * Writes down what is to be done to something that is there, unless the same request with the same client token did so before.
 *
 * @param write the records of it, in one transaction with the token
 * @param answer what a retry is told when its resource has ended; without one the token ends with the resource
 * @returns `resourceId`, or that of what was done before
 * @throws {ServiceFault} `IdempotentParameterMismatch`; `DryRunOperation` if it would have been done
 */
export async function doOnce(
  database: Database,
  use: TokenUse,
  resourceId: string,
  write: (transaction: Knex.Transaction) => Promise<void>,
  answer?: object,
): Promise<string> {
  const known = await findUse(database, use);
  if (known !== undefined) {
    endDryRun(use);
    return known.resourceId;
  }
  try {
    await database.transaction(async (transaction) => {
      await bindToken(transaction, use, resourceId, answer);
      await write(transaction);
      endDryRun(use);
    });
    return resourceId;
  } catch (error) {
    // Another request with this token was quicker.
    const winner = isUniqueViolation(error) ? await findUse(database, use) : undefined;
    if (winner === undefined) throw error;
    endDryRun(use);
    return winner.resourceId;
  }
}
