import { type FaultCode, ServiceFault } from '@vbs-lustre/shared/faults';
import type { Database } from './metadata/database.js';
import { lockOwner, type Usage, usageOf } from './metadata/usage.js';
import { ownQuotas, QUOTA_NAMES } from './metadata/userQuotas.js';

const GIB = 1024 ** 3;

/** How much of each a user may have. No limit if absent or 0. */
export interface Quotas {
  volumes?: number | undefined;
  snapshots?: number | undefined;
  /** Of volumes and snapshots together. */
  gib?: number | undefined;
  attachments?: number | undefined;
  /** At once. */
  exports?: number | undefined;
}

/** What to do before there can be one more. */
const MAKE_ROOM = {
  volumes: 'delete one first',
  snapshots: 'delete one first',
  attachments: 'detach one first',
  exports: 'wait until one of them has ended',
} as const;

type Quota = (typeof QUOTA_NAMES)[number];

/** What an owner has of it, in its unit. */
export function usedOf(quota: Quota, { bytes, ...counts }: Usage): number {
  return quota === 'gib' ? Math.ceil(bytes / GIB) : counts[quota];
}

/**
 * Makes sure that the owner may have this too. In the transaction that writes it down, and before that locks anything but the
 * client token: of two that are at it at once, at whatever front ends, the second one counts what the first one has made.
 *
 * @param everybodys who has none of his own has these
 * @param code of the fault if it is too much
 * @throws {ServiceFault} that says how much is used and allowed
 */
export async function checkQuotas(
  transaction: Database,
  everybodys: Quotas,
  owner: string,
  adding: Partial<Usage>,
  code: FaultCode,
): Promise<void> {
  // Who has no limit waits for nobody.
  if (!isLimited(everybodys) && !isLimited(await ownQuotas(transaction, owner))) return;
  await lockOwner(transaction, owner);
  const { usage, own } = await usageOf(transaction, owner);
  const quotas = { ...everybodys, ...own };
  for (const quota of ['volumes', 'snapshots', 'attachments', 'exports'] as const) {
    const [limit, more] = [quotas[quota], adding[quota] ?? 0];
    if (!limit || more === 0 || usage[quota] + more <= limit) continue;
    throw new ServiceFault(
      code,
      `You have ${usage[quota]} of ${limit} ${quota} that you may have; ${MAKE_ROOM[quota]}.`,
    );
  }
  const more = adding.bytes ?? 0;
  if (!quotas.gib || more === 0 || usage.bytes + more <= quotas.gib * GIB) return;
  throw new ServiceFault(
    code,
    `You have ${inGiB(usage.bytes)} of ${quotas.gib} GiB that your volumes and snapshots may have, and this needs ` +
      `${inGiB(more)}; delete some first.`,
  );
}

function isLimited(quotas: Quotas): boolean {
  return QUOTA_NAMES.some((name) => quotas[name]);
}

function inGiB(bytes: number): string {
  return String(Math.ceil((bytes / GIB) * 100) / 100);
}
