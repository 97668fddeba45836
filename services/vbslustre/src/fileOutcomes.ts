import { ServiceFault } from '@vbs-lustre/shared/faults';
import { releaseTokens } from './metadata/clientTokens.js';
import type { Consistency } from './metadata/consistency.js';
import type { Database } from './metadata/database.js';
import { type NewEvent, recordEvent } from './metadata/events.js';
import { findExport } from './metadata/exports.js';
import {
  FAILURE,
  type FileRecord,
  type FileTable,
  type OrderTable,
  remove,
  settle,
  tableOf,
  unpin,
} from './metadata/files.js';
import { failModification, fileExtended } from './metadata/modifications.js';
import { findSnapshot } from './metadata/snapshots.js';
import { findVolume } from './metadata/volumes.js';

/** What is believed of how a file was made. */
const METHODS: readonly string[] = ['zero', 'reserve', 'thin', 'copy', 'clone', 'link'];

const ENDS: readonly string[] = ['available', 'deleted', 'failed', FAILURE];

/** Whether a job in this state has ended. */
export function isEnd(state: string): boolean {
  return ENDS.includes(state);
}

/** Whether it is the end of one that has failed. */
export function isFailed(state: string): boolean {
  return state === 'failed' || state === FAILURE;
}

/** Whether it is one in the way in which checksums are told. */
export function isSha256(text: string | undefined): text is string {
  return text !== undefined && /^[0-9a-f]{64}$/.test(text);
}

/** What is told of an end. */
export interface Told {
  /** After a failure: what the command said. */
  message?: string | undefined;
  /** How the file was made. */
  method?: string | undefined;
  /** Of the file of a snapshot. */
  sha256?: string | undefined;
}

/** What has a file, or makes one. */
type MadeTable = Exclude<OrderTable, 'verifications'>;
type OrderedId = Pick<FileRecord, 'id' | 'orderId'>;

/**
 * Writes down how an order ended, told by an answer or by a callback. What was told before, or is not waited for any
 * more, changes nothing: outcomes may come twice, late, or at another instance.
 *
 * @param state of the job: `available`, `deleted`, `failed`, or the status `failure : cmd error`
 * @param event is recorded with it, if it changes something
 * @returns whether it changed something
 * @throws {ServiceFault} `InvalidParameterValue` for any other
 */
export async function fileEnded(
  database: Database,
  table: MadeTable,
  file: OrderedId,
  state: string,
  told: Told,
  event?: NewEvent,
): Promise<boolean> {
  return database.transaction(async (transaction) => {
    const changed = await applyEnd(transaction, table, file, state, told);
    if (changed && event) await recordEvent(transaction, event);
    return changed;
  });
}

async function applyEnd(
  transaction: Database,
  table: MadeTable,
  file: OrderedId,
  state: string,
  { message, method, sha256 }: Told,
): Promise<boolean> {
  switch (state) {
    case 'available':
      if (
        await creationEnded(transaction, table, file, {
          status: 'available',
          method: METHODS.find((each) => each === method),
          sha256: table === 'snapshots' && isSha256(sha256) ? sha256 : undefined,
        })
      ) {
        return true;
      }
      return table === 'volumes' && fileExtended(transaction, file);
    case 'deleted':
      return deleted(transaction, table, file);
    case 'failed':
    case FAILURE: {
      const outcome = { status: FAILURE, message } as const;
      if (await creationEnded(transaction, table, file, outcome)) return true;
      if (table === 'exports') return false;
      if (table === 'volumes' && (await failModification(transaction, file, message))) return true;
      return deletionFailed(transaction, table, file, outcome);
    }
    default:
      throw new ServiceFault('InvalidParameterValue', `The parameter status cannot be ${state}.`);
  }
}

/** The end of a creation also lets go of the file that was copied. */
async function creationEnded(
  transaction: Database,
  table: MadeTable,
  file: OrderedId,
  outcome: { status: 'available' | typeof FAILURE } & Told,
): Promise<boolean> {
  if (!(await settle(transaction, table, { ...file, status: 'pending' }, outcome))) return false;
  await letGo(transaction, await findSource(transaction, table, file.id));
  return true;
}

/** What a file is, or was, copied from. */
interface Source {
  id: string;
  consistency?: Consistency;
  /** The copying was cancelled, and the source is kept until that is done. */
  cancelled: boolean;
}

async function findSource(
  database: Database,
  table: MadeTable,
  id: string,
): Promise<Source | undefined> {
  if (table === 'exports') {
    const task = await findExport(database, id);
    return task && { id: task.sourceId, cancelled: false };
  }
  if (table === 'volumes') {
    const { snapshotId, cancelled = false } = (await findVolume(database, id)) ?? {};
    return snapshotId === undefined ? undefined : { id: snapshotId, cancelled };
  }
  const copy = await findSnapshot(database, id);
  return copy && { ...copy, id: copy.volumeId };
}

async function letGo(transaction: Database, source: Source | undefined): Promise<void> {
  if (source) await unpin(transaction, tableOf(source.id), source.id, source.consistency);
}

async function deleted(transaction: Database, table: MadeTable, file: OrderedId): Promise<boolean> {
  if (table === 'exports') return false;
  // Looked for while it is there.
  const source = await findSource(transaction, table, file.id);
  if (!(await remove(transaction, table, { ...file, status: 'deleting' }))) return false;
  await releaseTokens(transaction, file.id);
  if (source?.cancelled) await letGo(transaction, source);
  return true;
}

async function deletionFailed(
  transaction: Database,
  table: FileTable,
  file: OrderedId,
  outcome: { status: typeof FAILURE } & Told,
): Promise<boolean> {
  if (!(await settle(transaction, table, { ...file, status: 'deleting' }, outcome))) return false;
  // The making had ended before.
  const source = await findSource(transaction, table, file.id);
  if (source?.cancelled) await letGo(transaction, source);
  return true;
}
