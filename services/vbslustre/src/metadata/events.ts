import { type Database, now } from './database.js';

/** What an event can be of, and what it means: docs/states.md has a line for each. */
export const ACTIONS = [
  'order-ended',
  'order-refused',
  'order-passed-on',
  'file-lost',
  'file-found',
  'file-set-aside',
  'attachment-confirmed',
  'attachment-ended',
  'device-gone',
  'stray-detached',
  'force-detached',
  'given-up',
] as const;

export type Action = (typeof ACTIONS)[number];

/** What the service did without a user's request, or at a risk. */
export interface NewEvent {
  /** Of the front end. */
  instance: string;
  /** The volume, the snapshot, or the file. */
  subjectId: string;
  action: Action;
  reason: string;
  details?: object;
}

/** How long events are kept. */
const KEPT_MS = 90 * 24 * 3_600_000;
/** Little enough to delay nobody. */
const PURGE_ROWS = 1_000;

/** Writes an event down; best in the transaction of what it tells. */
export async function recordEvent(
  database: Database,
  { instance, subjectId, action, reason, details = {} }: NewEvent,
): Promise<void> {
  await database('events').insert({
    time: now(),
    instance,
    subject_id: subjectId,
    action,
    reason,
    details: JSON.stringify(details),
  });
}

/** Forgets what happened more than 90 days ago, so much of it at once that nobody waits for it. */
export async function purgeEvents(database: Database): Promise<void> {
  const oldest = new Date(Date.now() - KEPT_MS).toISOString();
  const some = database('events').select('id').where('time', '<', oldest).limit(PURGE_ROWS);
  await database('events').whereIn('id', some).delete();
}
