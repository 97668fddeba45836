import type { vbslustreAdmin } from '@vbs-lustre/wsdl';
import type { Database } from '../metadata/database.js';
import { usageOf } from '../metadata/usage.js';
import { QUOTA_NAMES } from '../metadata/userQuotas.js';
import { type Quotas, usedOf } from '../quotas.js';

/** How much a user has and may have. @param everybodys who has none of his own has these */
export async function quotasSeen(
  database: Database,
  everybodys: Quotas,
  owner: string,
): Promise<vbslustreAdmin.QuotaSet> {
  const { usage, own } = await usageOf(database, owner);
  const item = QUOTA_NAMES.map((name) => ({
    ...{ name, used: usedOf(name, usage), own: own[name] !== undefined },
    limit: (own[name] ?? everybodys[name]) || undefined,
  }));
  return { item };
}
