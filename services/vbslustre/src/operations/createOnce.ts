import type { Knex } from 'knex';
import { bindToken, findByToken, type TokenUse } from '../metadata/clientTokens.js';
import { type Database, isUniqueViolation } from '../metadata/database.js';

/**
 * Writes down what is to be made, unless the same request with the same client token did so before.
 *
 * @param write the records of the new thing, in one transaction with the token
 * @returns the id of the new thing, or of the one that was made before
 * @throws {ServiceFault} `IdempotentParameterMismatch`
 */
export async function createOnce(
  database: Database,
  use: TokenUse,
  newId: string,
  write: (transaction: Knex.Transaction) => Promise<void>,
): Promise<string> {
  const known = await findByToken(database, use);
  if (known !== undefined) return known;
  try {
    await database.transaction(async (transaction) => {
      await bindToken(transaction, use, newId);
      await write(transaction);
    });
    return newId;
  } catch (error) {
    // Another request with this token was quicker.
    const winner = isUniqueViolation(error) ? await findByToken(database, use) : undefined;
    if (winner === undefined) throw error;
    return winner;
  }
}
