import type { Database } from './database.js';
import { Postgres } from './postgres.js';
import { type OwnQuotas, QUOTA_NAMES, quotasIn } from './userQuotas.js';

/** What an owner has, failures and what is being deleted included. */
export interface Usage {
  volumes: number;
  snapshots: number;
  /** Of volumes and snapshots together, and of the volumes that are to be kept ready of the snapshots. */
  bytes: number;
  attachments: number;
  /** Those that are at work. */
  exports: number;
}

/** The bytes of a volume for which its owner has room: what is being extended has its new size already. */
export const NEW_SIZE = `case status when 'modifying' then target_size_bytes else size_bytes end`;

/** Any number will do that nobody else uses in this database. */
const OWNER_LOCKS = 7_622_359;

/**
 * Makes other transactions wait that lock this owner, until this one ends: what the owner has stays as it is counted now.
 * In SQLite there is no other transaction.
 */
export async function lockOwner(transaction: Database, owner: string): Promise<void> {
  if (!(transaction.client instanceof Postgres)) return;
  await transaction.raw('select pg_advisory_xact_lock(?::int, hashtext(?))', [OWNER_LOCKS, owner]);
}

/** What an owner has, and what quotas are his own: by one statement, so that they are of the same moment. */
export async function usageOf(
  database: Database,
  owner: string,
): Promise<{ usage: Usage; own: OwnQuotas }> {
  const ofOwner = (table: string) => database(table).where({ owner });
  const size = 'coalesce(sum(size_bytes), 0)';
  const sizes = `coalesce(sum(${NEW_SIZE}), 0)`;
  const attached = database('attachments').join('volumes', 'volumes.id', 'attachments.volume_id');
  const row: Record<string, unknown> = await database
    .select({
      usedVolumes: ofOwner('volumes').count(),
      usedSnapshots: ofOwner('snapshots').count(),
      volumeBytes: ofOwner('volumes').select(database.raw(sizes)),
      snapshotBytes: ofOwner('snapshots').select(database.raw(size)),
      warmBytes: ofOwner('snapshots')
        .join('fast_snapshot_restores', 'snapshot_id', 'id')
        .select(database.raw('coalesce(sum(wanted * size_bytes), 0)')),
      usedAttachments: attached.where({ owner }).count(),
      usedExports: ofOwner('exports').where({ status: 'pending' }).count(),
      ...Object.fromEntries(
        QUOTA_NAMES.map((name) => [name, ofOwner('user_quotas').select(name)] as const),
      ),
    })
    .first();
  const usage = {
    volumes: Number(row.usedVolumes),
    snapshots: Number(row.usedSnapshots),
    bytes: Number(row.volumeBytes) + Number(row.snapshotBytes) + Number(row.warmBytes),
    attachments: Number(row.usedAttachments),
    exports: Number(row.usedExports),
  };
  return { usage, own: quotasIn(row) };
}
