import { databaseTime } from './clock.js';
import type { Database } from './database.js';
import type { Delegate, DelegateKind } from './delegates.js';

/** A delegate with all that is known of it. */
export interface DelegateReport extends Omit<Delegate, 'resizes'> {
  kind: DelegateKind;
  seenAt: Date;
  availableBytes: number;
  unfinishedJobs: number;
  freeJobs: number;
  hypervisor: string | undefined;
  version: string | undefined;
  certificateEnds: Date | undefined;
  clockAheadMs: number | undefined;
  /** On its host, whatever their status. */
  attachments: number;
}

/** All that were ever heard of. @param aliveSeconds how long ago one that is alive was heard of at most */
export async function delegateReports(
  database: Database,
  aliveSeconds: number,
): Promise<DelegateReport[]> {
  const isAlive = database.raw('seen_at > ? as is_alive', [databaseTime(database, -aliveSeconds)]);
  const attachments = database('attachments')
    .count()
    .where('vmm', database.ref('delegates.name'))
    .as('attachments');
  const rows = await database('delegates')
    .select('delegates.*', isAlive, attachments)
    .orderBy(['kind', 'name']);
  return rows.map((row) => ({
    ...{ kind: row.kind, name: row.name, subject: row.subject, url: row.url },
    ...{ draining: Boolean(row.draining), drained: Boolean(row.drained) },
    isAlive: Boolean(row.is_alive),
    seenAt: new Date(row.seen_at),
    availableBytes: Number(row.available_bytes),
    ...{ unfinishedJobs: row.unfinished_jobs, freeJobs: row.free_jobs },
    hypervisor: row.hypervisor ?? undefined,
    version: row.version ?? undefined,
    certificateEnds: row.certificate_until ? new Date(row.certificate_until) : undefined,
    clockAheadMs: row.clock_ahead_ms === null ? undefined : Number(row.clock_ahead_ms),
    attachments: row.kind === 'vmm' ? Number(row.attachments) : 0,
  }));
}
