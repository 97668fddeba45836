import { channel } from 'node:diagnostics_channel';
import type { Knex } from 'knex';
import { type Database, now } from './database.js';

/** What an event can be of, and what it means: docs/states.md has a line for each. */
export const ACTIONS = [
  'order-ended',
  'order-refused',
  'order-passed-on',
  'extension-failed',
  'file-lost',
  'file-found',
  'file-set-aside',
  'attachment-confirmed',
  'attachment-ended',
  'device-gone',
  'stray-detached',
  'force-detached',
  'snapshot-shared',
  'snapshot-unshared',
  'snapshot-verified',
  'snapshot-damaged',
  'verification-failed',
  'fast-restores-enabled',
  'fast-restores-disabled',
  'warm-clone-failed',
  'warm-clone-given-up',
  'given-up',
] as const;

export type Action = (typeof ACTIONS)[number];

/** What the service did without a user's request or at a risk, or whom it let in. */
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
  noteWhenCommitted(database, action);
}

const recorded = channel('vbslustre:event');

/** Has `listener` hear of every event that this process has written down. */
export function onEvent(listener: (action: Action) => void): void {
  recorded.subscribe((action) => listener(action as Action));
}

function noteWhenCommitted(database: Database, action: Action): void {
  const note = () => recorded.publish(action);
  const end = database.isTransaction ? (database as Knex.Transaction).executionPromise : undefined;
  if (end) end.then(note, () => undefined);
  else note();
}

/** An event that was written down. */
export interface Event {
  /** Of the row: the later, the greater. */
  id: number;
  time: Date;
  subjectId: string;
  action: Action;
  reason: string;
  details: Readonly<Record<string, unknown>>;
}

interface EventRow {
  id: number;
  time: string;
  subject_id: string;
  action: Action;
  reason: string;
  details: string;
}

/** The last events of a subject, the very last first. @param before only what is older than this row */
export async function eventsOf(
  database: Database,
  subjectId: string,
  limit: number,
  before?: number,
): Promise<Event[]> {
  const rows = database('events').where({ subject_id: subjectId }).orderBy('id', 'desc');
  if (before !== undefined) rows.where('id', '<', before);
  const found: EventRow[] = await rows.limit(limit);
  return found.map(toEvent);
}

/** So many of all events, the very last first. */
export async function lastEvents(database: Database, limit: number): Promise<Event[]> {
  const rows: EventRow[] = await database('events').orderBy('id', 'desc').limit(limit);
  return rows.map(toEvent);
}

function toEvent({ id, time, subject_id, action, reason, details }: EventRow): Event {
  return {
    ...{ id, time: new Date(time), subjectId: subject_id, action, reason },
    details: JSON.parse(details),
  };
}

/** Forgets what happened more than 90 days ago, so much of it at once that nobody waits for it. */
export async function purgeEvents(database: Database): Promise<void> {
  const oldest = new Date(Date.now() - KEPT_MS).toISOString();
  const some = database('events').select('id').where('time', '<', oldest).limit(PURGE_ROWS);
  await database('events').whereIn('id', some).delete();
}
