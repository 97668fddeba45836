import { exchangeFolderOf } from '@vbs-lustre/shared/exchange';
import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { usageOf } from '../metadata/usage.js';
import { QUOTAS, usedOf } from '../quotas.js';

/** How much the caller has, and may have. */
export function describeLimits({ database, quotas }: FrontEnd): UserOperation<'DescribeLimits'> {
  return async (_request, { userId }) => {
    const usage = await usageOf(database, userId);
    const item = QUOTAS.map((name) => ({
      ...{ name, used: usedOf(name, usage), limit: quotas[name] || undefined },
    }));
    return { limitSet: { item }, exchangeFolder: exchangeFolderOf(userId) };
  };
}
