import type { FrontEnd } from '../frontEnd.js';
import type { AdminOperation } from './administration.js';
import { checkUserId } from './checkUserId.js';
import { quotasSeen } from './quotasSeen.js';

/** How much a user has and may have. */
export function describeQuotas({ database, quotas }: FrontEnd): AdminOperation<'DescribeQuotas'> {
  return async ({ userId }) => {
    checkUserId(userId);
    return { quotaSet: await quotasSeen(database, quotas, userId) };
  };
}
