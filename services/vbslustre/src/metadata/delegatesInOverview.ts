import { delegateState } from './counts.js';
import type { Database } from './database.js';
import type { DelegateKind } from './delegates.js';

/** A delegate as it has announced itself last. */
export interface DelegateInOverview {
  kind: DelegateKind;
  name: string;
  state: 'alive' | 'draining' | 'silent';
  /** By the database's clock. */
  seenAt: Date;
  hypervisor: string | undefined;
  availableBytes: number;
  unfinishedJobs: number;
  freeJobs: number;
}

/** All delegates that were ever heard, those of volumes first. */
export async function delegatesInOverview(
  database: Database,
  aliveSeconds: number,
): Promise<DelegateInOverview[]> {
  const rows = await database('delegates')
    .select('*', database.raw('? as state', [delegateState(database, aliveSeconds)]))
    .orderByRaw("case kind when 'volume' then 0 else 1 end, name");
  return rows.map((row) => ({
    ...{ kind: row.kind, name: row.name, state: row.state, seenAt: new Date(row.seen_at) },
    hypervisor: row.hypervisor ?? undefined,
    availableBytes: Number(row.available_bytes),
    unfinishedJobs: row.unfinished_jobs,
    freeJobs: row.free_jobs,
  }));
}
