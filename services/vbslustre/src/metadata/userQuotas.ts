import type { Database } from './database.js';

/** What a user may have instead of what the settings say. Absent: as they say; 0: any number. */
export interface OwnQuotas {
  volumes?: number;
  snapshots?: number;
  gib?: number;
  attachments?: number;
  exports?: number;
}

/** `undefined`: from now on as the settings say. */
export type QuotaChanges = { [Name in keyof OwnQuotas]: number | undefined };

export const QUOTA_NAMES = ['volumes', 'snapshots', 'gib', 'attachments', 'exports'] as const;

export async function ownQuotas(database: Database, owner: string): Promise<OwnQuotas> {
  return quotasIn(await database('user_quotas').where({ owner }).first());
}

/** Those of a row that has columns of their names. */
export function quotasIn(row: Readonly<Record<string, unknown>> = {}): OwnQuotas {
  const given = QUOTA_NAMES.flatMap((name) =>
    // PostgreSQL counts further than JavaScript, and gives texts.
    row[name] == null ? [] : [[name, Number(row[name])] as const],
  );
  return Object.fromEntries(given);
}

/** Changes those that are named; who has none left is forgotten. */
export async function changeQuotas(
  database: Database,
  owner: string,
  changes: QuotaChanges,
): Promise<void> {
  const row = Object.fromEntries(
    Object.entries(changes).map(([name, limit]) => [name, limit ?? null]),
  );
  await database('user_quotas')
    .insert({ owner, ...row })
    .onConflict('owner')
    .merge(row);
  const none = Object.fromEntries(QUOTA_NAMES.map((name) => [name, null]));
  await database('user_quotas')
    .where({ owner, ...none })
    .delete();
}
