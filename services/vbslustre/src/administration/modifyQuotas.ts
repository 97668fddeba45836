import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { vbslustreAdmin } from '@vbs-lustre/wsdl';
import type { FrontEnd } from '../frontEnd.js';
import { lockOwner } from '../metadata/usage.js';
import { changeQuotas, type QuotaChanges } from '../metadata/userQuotas.js';
import { endDryRun } from '../operations/dryRun.js';
import type { AdminOperation } from './administration.js';
import { checkUserId } from './checkUserId.js';
import { quotasSeen } from './quotasSeen.js';

const MAX_LIMIT = 1_000_000_000;

/**
 * Gives a user quotas of his own. Creates that are under way count by the old ones, and this waits for those that are counted;
 * what a user has too much of stays.
 */
export function modifyQuotas({ database, quotas }: FrontEnd): AdminOperation<'ModifyQuotas'> {
  return async ({ userId, quotaSet, dryRun }, { log }) => {
    checkUserId(userId);
    const changes = changesIn(quotaSet);
    await database.transaction(async (transaction) => {
      await lockOwner(transaction, userId);
      await changeQuotas(transaction, userId, changes);
      endDryRun({ dryRun });
    });
    log.info('quotas are changed', { owner: userId, changes: quotaSet.item });
    return { quotaSet: await quotasSeen(database, quotas, userId) };
  };
}

/** @throws {ServiceFault} */
function changesIn({ item }: vbslustreAdmin.QuotaChangeSet): QuotaChanges {
  if (item.length === 0) {
    throw new ServiceFault('MissingParameter', 'The parameter quotaSet has no item; give one.');
  }
  const names = item.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new ServiceFault('InvalidParameterValue', `The quota ${twice} is given twice.`);
  }
  for (const { name, limit = 0 } of item) {
    if (limit >= 0 && limit <= MAX_LIMIT) continue;
    throw new ServiceFault(
      'InvalidParameterValue',
      `The quota ${name} must be 0 (any number) to ${MAX_LIMIT}.`,
    );
  }
  return Object.fromEntries(item.map(({ name, limit }) => [name, limit]));
}
