import { exchangeFolderOf } from '@vbs-lustre/shared/exchange';
import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { usageOf } from '../metadata/usage.js';
import { QUOTA_NAMES } from '../metadata/userQuotas.js';
import { usedOf } from '../quotas.js';

/** How much the caller has, and may have. */
export function describeLimits({ database, quotas }: FrontEnd): UserOperation<'DescribeLimits'> {
  return async (_request, { userId }) => {
    const { usage, own } = await usageOf(database, userId);
    const limits = { ...quotas, ...own };
    const item = QUOTA_NAMES.map((name) => ({
      ...{ name, used: usedOf(name, usage), limit: limits[name] || undefined },
    }));
    return { limitSet: { item }, exchangeFolder: exchangeFolderOf(userId) };
  };
}
