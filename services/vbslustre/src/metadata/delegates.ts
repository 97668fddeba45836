import type { Knex } from 'knex';
import { databaseTime } from './clock.js';
import type { Database } from './database.js';

export type DelegateKind = 'volume' | 'vmm';

/** What a delegate says of itself. */
export interface Announcement {
  /** The CN of its certificate; of a VMM Delegate, its host. */
  name: string;
  /** Of its certificate (RFC 4514). */
  subject: string;
  url: string;
  draining: boolean;
  /** Of a Volume Delegate: bytes that it can still promise, orders that it has, and that it would still take. */
  availableBytes?: number;
  unfinishedJobs?: number;
  freeJobs?: number;
  /** Of a Volume Delegate: the types of volumes that it makes. */
  volumeTypes?: readonly string[];
  /** Of a VMM Delegate. */
  hypervisor?: string;
  /** Whether that can tell a machine that a disk has become larger. */
  resizes?: boolean;
  /** Whether that can copy what a machine is writing. */
  copies?: boolean;
  version?: string | undefined;
  /** When the certificate ends that has signed this. */
  certificateEnds?: Date | undefined;
  /** How far its clock is before ours, in milliseconds. */
  clockAheadMs?: number | undefined;
}

export interface Delegate {
  name: string;
  subject: string;
  url: string;
  /** It says itself that it takes nothing new. */
  draining: boolean;
  /** An administrator has said so. */
  drained: boolean;
  /** Whether it was heard of lately. */
  isAlive: boolean;
  resizes: boolean;
}

interface Row {
  name: string;
  subject: string;
  url: string;
  draining: boolean | number;
  drained: boolean | number;
  is_alive: boolean | number;
  resizes: boolean | number;
}

/**
 * Notes that a delegate was heard of now.
 * @param formerSubject whose name it takes over; its own, if absent
 * @returns false if another subject has the name
 */
export async function saveDelegate(
  database: Database,
  kind: DelegateKind,
  delegate: Announcement,
  formerSubject = delegate.subject,
): Promise<boolean> {
  const { name, subject } = delegate;
  const row = {
    subject,
    url: delegate.url,
    seen_at: databaseTime(database),
    draining: delegate.draining,
    available_bytes: delegate.availableBytes ?? 0,
    unfinished_jobs: delegate.unfinishedJobs ?? 0,
    free_jobs: delegate.freeJobs ?? 0,
    volume_types: JSON.stringify(delegate.volumeTypes ?? []),
    hypervisor: delegate.hypervisor ?? null,
    resizes: delegate.resizes ?? false,
    copies: delegate.copies ?? false,
    version: delegate.version ?? null,
    certificate_until: delegate.certificateEnds?.toISOString() ?? null,
    clock_ahead_ms: delegate.clockAheadMs ?? null,
  };
  const update = async (): Promise<boolean> =>
    (await database('delegates').where({ kind, name, subject: formerSubject }).update(row)) === 1;
  if (await update()) return true;
  const added = database('delegates').insert({ kind, name, ...row });
  await added.onConflict(['kind', 'name']).ignore();
  return update();
}

/** @param aliveSeconds how long ago one that is alive was heard of at most */
export async function findDelegate(
  database: Database,
  kind: DelegateKind,
  name: string,
  aliveSeconds: number,
): Promise<Delegate | undefined> {
  const row: Row | undefined = await select(database, kind, aliveSeconds).where({ name }).first();
  return row && toDelegate(row);
}

/**
 * Gives a delegate nothing new from now on, or takes that back. What it says of itself later changes nothing of it.
 * @returns false if there is none of this name
 */
export async function setDrained(
  database: Database,
  kind: DelegateKind,
  name: string,
  drained: boolean,
): Promise<boolean> {
  return (await database('delegates').where({ kind, name }).update({ drained })) === 1;
}

/** Whether a host can copy what a machine is writing, and is there to be asked. */
export async function canCopy(
  database: Database,
  vmm: string,
  aliveSeconds: number,
): Promise<boolean> {
  const row = await select(database, 'vmm', aliveSeconds)
    .where({ name: vmm, copies: true })
    .where('seen_at', '>', databaseTime(database, -aliveSeconds))
    .first();
  return row !== undefined;
}

export function delegateNames(database: Database, kind: DelegateKind): Promise<string[]> {
  return database('delegates').where({ kind }).orderBy('name').pluck('name');
}

/** All types of volumes that a Volume Delegate has ever announced last, be it alive or not. */
export async function volumeTypes(database: Database): Promise<string[]> {
  const lists: string[] = await database('delegates')
    .where({ kind: 'volume' })
    .pluck('volume_types');
  return [...new Set(lists.flatMap((list) => JSON.parse(list) as string[]))].sort();
}

/** Those that are alive and take orders: who has room first, then by orders that they would take, and by space. */
export async function readyDelegates(
  database: Database,
  kind: DelegateKind,
  aliveSeconds: number,
  volumeType?: string,
): Promise<Delegate[]> {
  const ready = making(select(database, kind, aliveSeconds), volumeType)
    .where({ draining: false, drained: false })
    .where('seen_at', '>', databaseTime(database, -aliveSeconds));
  const rows: Row[] = await bestFirst(ready);
  return rows.map(toDelegate);
}

/** Bytes that the Volume Delegate with the most space that is ready can still promise; 0 if none is. */
export async function mostRoom(database: Database, aliveSeconds: number): Promise<number> {
  const [row] = await database('delegates')
    .where({ kind: 'volume', draining: false, drained: false })
    .where('seen_at', '>', databaseTime(database, -aliveSeconds))
    .max({ bytes: 'available_bytes' });
  return Number(row?.bytes ?? 0);
}

/**
 * The best of the Volume Delegates that are ready and have room. Until it announces itself again, one order less fits.
 */
export async function takeRoom(
  database: Database,
  aliveSeconds: number,
  volumeType?: string,
): Promise<string | undefined> {
  const ready = making(database('delegates').select('name'), volumeType)
    .where({ kind: 'volume', draining: false, drained: false })
    .where('free_jobs', '>', 0)
    .where('seen_at', '>', databaseTime(database, -aliveSeconds));
  const [row]: { name: string }[] = await database('delegates')
    .where({ kind: 'volume' })
    .where('name', bestFirst(ready).limit(1))
    .update({ free_jobs: database.raw('free_jobs - 1') })
    .returning('name');
  return row?.name;
}

/** Those that make volumes of a type. Its name has no character that means something in a pattern, or in JSON. */
function making(query: Knex.QueryBuilder, volumeType: string | undefined): Knex.QueryBuilder {
  return volumeType === undefined
    ? query
    : query.where('volume_types', 'like', `%"${volumeType}"%`);
}

function bestFirst(query: Knex.QueryBuilder): Knex.QueryBuilder {
  const hasSpace = 'case when available_bytes > 0 then 0 else 1 end';
  return query.orderByRaw(`${hasSpace}, free_jobs desc, available_bytes desc, name`);
}

function select(database: Database, kind: DelegateKind, aliveSeconds: number): Knex.QueryBuilder {
  const isAlive = database.raw('seen_at > ? as is_alive', [databaseTime(database, -aliveSeconds)]);
  return database('delegates')
    .select('name', 'subject', 'url', 'draining', 'drained', 'resizes', isAlive)
    .where({ kind });
}

function toDelegate({ name, subject, url, ...flags }: Row): Delegate {
  const { draining, drained, is_alive, resizes } = flags;
  return {
    ...{ name, subject, url, draining: Boolean(draining), drained: Boolean(drained) },
    ...{ isAlive: Boolean(is_alive), resizes: Boolean(resizes) },
  };
}
