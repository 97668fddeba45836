import type { Knex } from 'knex';
import { type Database, now } from './database.js';

/** What describe shows of a failure (paper, section 4.1). */
export const FAILURE = 'failure : cmd error';
/** There is no record: before it is written, and after it is removed. */
export const NONE = 'none';

/** `modifying`: of a volume alone, which users see as available. */
export type FileStatus = 'pending' | 'available' | 'modifying' | 'deleting' | typeof FAILURE;
/** Those that wait for an order. */
export const WAITING = [
  'pending',
  'modifying',
  'deleting',
] as const satisfies readonly FileStatus[];
export type WaitingStatus = (typeof WAITING)[number];
export type AttachmentStatus = 'attaching' | 'attached' | 'detaching';

export interface Transition<Status> {
  from: Status | typeof NONE;
  to: Status | typeof NONE;
  /** What brings it about, as docs/states.md has it. */
  by: string;
}

interface StatusOf {
  volume: FileStatus;
  snapshot: FileStatus;
  attachment: AttachmentStatus;
  export: Exclude<FileStatus, 'deleting'>;
  verification: 'pending';
}

/** What has a status. */
export type Kind = keyof StatusOf;

/** The only place that says what can become of what. A transition to the same status gives its work to another. */
export const TRANSITIONS: { readonly [K in Kind]: readonly Transition<StatusOf[K]>[] } = {
  volume: [
    ...lifeOfFile('CreateVolume', 'DeleteVolume'),
    { from: 'available', to: 'modifying', by: 'ModifyVolume' },
    { from: 'modifying', to: 'available', by: 'the file is extended, or is not' },
    { from: 'modifying', to: 'modifying', by: 'the order is passed on' },
  ],
  snapshot: lifeOfFile('CreateSnapshot', 'DeleteSnapshot'),
  attachment: [
    { from: NONE, to: 'attaching', by: 'AttachVolume' },
    { from: 'attaching', to: 'attached', by: 'the hypervisor shows it' },
    { from: 'attaching', to: NONE, by: 'proof that nothing is attached' },
    { from: 'attaching', to: 'detaching', by: 'DetachVolume by force' },
    { from: 'attached', to: 'detaching', by: 'DetachVolume, or the device is gone' },
    { from: 'attached', to: NONE, by: 'proof that nothing is attached' },
    { from: 'detaching', to: 'attached', by: 'the detach is refused' },
    { from: 'detaching', to: NONE, by: 'proof that nothing is attached' },
  ],
  export: [
    { from: NONE, to: 'pending', by: 'ExportVolume' },
    { from: 'pending', to: 'available', by: 'the file is in the exchange folder' },
    { from: 'pending', to: FAILURE, by: 'the file cannot be made' },
    { from: 'pending', to: NONE, by: 'no Volume Delegate takes the order' },
    { from: 'pending', to: 'pending', by: 'the order is passed on' },
    { from: 'available', to: NONE, by: 'a week has passed' },
    { from: FAILURE, to: NONE, by: 'a week has passed' },
  ],
  verification: [
    { from: NONE, to: 'pending', by: 'VerifySnapshot' },
    { from: 'pending', to: NONE, by: 'the file is read, or cannot be' },
    { from: 'pending', to: NONE, by: 'no Volume Delegate takes the order' },
    { from: 'pending', to: NONE, by: 'DeleteSnapshot' },
    { from: 'pending', to: 'pending', by: 'the order is passed on' },
  ],
};

/** Volumes and snapshots are files that live the same life. */
function lifeOfFile(creation: string, deletion: string): readonly Transition<FileStatus>[] {
  return [
    { from: NONE, to: 'pending', by: creation },
    { from: 'pending', to: 'available', by: 'the file is made' },
    { from: 'pending', to: FAILURE, by: 'the file cannot be made' },
    { from: 'pending', to: NONE, by: 'no Volume Delegate takes the order' },
    { from: 'pending', to: 'pending', by: 'the order is passed on' },
    { from: 'pending', to: 'deleting', by: deletion },
    { from: 'available', to: 'deleting', by: deletion },
    { from: 'available', to: FAILURE, by: 'the file is lost' },
    { from: FAILURE, to: 'available', by: 'the lost file is found' },
    { from: FAILURE, to: 'deleting', by: deletion },
    { from: 'deleting', to: NONE, by: 'the file is deleted' },
    { from: 'deleting', to: FAILURE, by: 'the file cannot be deleted' },
    { from: 'deleting', to: 'deleting', by: 'the order is passed on' },
  ];
}

const TABLES = {
  volume: { table: 'volumes', key: 'id' },
  snapshot: { table: 'snapshots', key: 'id' },
  attachment: { table: 'attachments', key: 'order_id' },
  export: { table: 'exports', key: 'id' },
  verification: { table: 'verifications', key: 'id' },
} as const satisfies Record<Kind, { table: string; key: string }>;

export interface Change<Status> {
  /** Any one of these. */
  from: readonly Status[];
  /** `NONE` removes the record. */
  to: Status | typeof NONE;
  /** What else must be so, in the same statement. */
  where?: Record<string, string | number>;
  /** Times that must have come, in the same statement. */
  until?: Record<string, Knex.Raw>;
  /** What else is written, in the same statement. */
  set?: Record<string, string | number | null | Knex.Raw>;
}

/**
 * Changes a status, or who has the work that it waits for: one statement that only succeeds if everything still is as it
 * was thought to be, so of several that try at once one succeeds. Every change of a status in this service is made here.
 *
 * @returns false if it was not so any more; then nothing was changed
 * @throws {Error} if there is no such transition
 */
export async function change<K extends Kind>(
  database: Database,
  kind: K,
  id: string,
  { from, to, where, until = {}, set }: Change<StatusOf[K]>,
): Promise<boolean> {
  for (const each of from) checkTransition(kind, each, to);
  const { table, key } = TABLES[kind];
  const rows = database(table)
    .where({ [key]: id, ...where })
    .whereIn('status', from);
  for (const [column, time] of Object.entries(until)) rows.where(column, '<=', time);
  const changed =
    to === NONE
      ? await rows.delete()
      : await rows.update({ status: to, changed_at: now(), ...set });
  return changed === 1;
}

/** The status that a new record has. */
export function firstStatus<K extends Kind>(kind: K): StatusOf[K] {
  const [first] = TRANSITIONS[kind].filter(({ from }) => from === NONE);
  return first?.to as StatusOf[K];
}

function checkTransition(kind: Kind, from: string, to: string): void {
  if (TRANSITIONS[kind].some((each) => each.from === from && each.to === to)) return;
  throw new Error(`there is no transition of a ${kind} from ${from} to ${to}`);
}
