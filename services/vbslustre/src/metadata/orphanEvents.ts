import type { Database } from './database.js';
import type { Event } from './events.js';

const ACTIONS = ['file-set-aside', 'file-lost', 'stray-detached'] as const;

/** What was found without its counterpart: a file, a record, or what a machine has. */
export interface OrphanEvent extends Event {
  action: (typeof ACTIONS)[number];
  subjectId: string;
  /** Of a record whose file was lost: it still is. */
  isOpen: boolean;
}

/** The last of them first. @param before only what is older than this row */
export async function orphanEvents(
  database: Database,
  limit: number,
  before?: number,
): Promise<OrphanEvent[]> {
  const query = database('events').whereIn('action', ACTIONS).orderBy('id', 'desc').limit(limit);
  if (before !== undefined) query.where('id', '<', before);
  const rows: {
    id: number;
    time: string;
    action: OrphanEvent['action'];
    subject_id: string;
    reason: string;
    details: string;
  }[] = await query;
  const open = await lostAmong(
    database,
    rows.filter(({ action }) => action === 'file-lost').map((row) => row.subject_id),
  );
  return rows.map(({ id, time, action, subject_id: subjectId, reason, details }) => ({
    ...{ id, time: new Date(time), action, subjectId, reason },
    details: JSON.parse(details),
    isOpen: open.has(subjectId),
  }));
}

async function lostAmong(database: Database, ids: readonly string[]): Promise<Set<string>> {
  const lost = (table: string) =>
    database(table).whereIn('id', ids).whereNotNull('lost_at').pluck('id');
  return new Set([...(await lost('volumes')), ...(await lost('snapshots'))]);
}
