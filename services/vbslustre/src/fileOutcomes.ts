import { ServiceFault } from '@vbs-lustre/shared/faults';
import { releaseTokens } from './metadata/clientTokens.js';
import type { Database } from './metadata/database.js';
import {
  FAILURE,
  type FileRecord,
  type FileTable,
  remove,
  settle,
  unpin,
} from './metadata/files.js';
import { findSnapshot } from './metadata/snapshots.js';
import { findVolume } from './metadata/volumes.js';

const ENDS: readonly string[] = ['available', 'deleted', 'failed', FAILURE];

/** Whether a job in this state has ended. */
export function isEnd(state: string): boolean {
  return ENDS.includes(state);
}

type OrderedId = Pick<FileRecord, 'id' | 'orderId'>;

/**
 * Writes down how an order ended, told by an answer or by a callback. What was told before, or is not waited for any
 * more, changes nothing: outcomes may come twice, late, or at another instance.
 *
 * @param state of the job: `available`, `deleted`, `failed`, or the status `failure : cmd error`
 * @throws {ServiceFault} `InvalidParameterValue` for any other
 */
export async function fileEnded(
  database: Database,
  table: FileTable,
  file: OrderedId,
  state: string,
  message: string | undefined,
): Promise<void> {
  switch (state) {
    case 'available':
      return creationEnded(database, table, file, { status: 'available' });
    case 'deleted':
      return deleted(database, table, file);
    case 'failed':
    case FAILURE: {
      const outcome = { status: FAILURE, message } as const;
      await creationEnded(database, table, file, outcome);
      await settle(database, table, { ...file, status: 'deleting' }, outcome);
      return;
    }
    default:
      throw new ServiceFault('InvalidParameterValue', `The parameter status cannot be ${state}.`);
  }
}

/** The end of a creation also lets go of the file that was copied. */
async function creationEnded(
  database: Database,
  table: FileTable,
  file: OrderedId,
  outcome: { status: 'available' | typeof FAILURE; message?: string | undefined },
): Promise<void> {
  await database.transaction(async (transaction) => {
    if (!(await settle(transaction, table, { ...file, status: 'pending' }, outcome))) return;
    if (table === 'volumes') {
      const snapshotId = (await findVolume(transaction, file.id))?.snapshotId;
      if (snapshotId !== undefined) await unpin(transaction, 'snapshots', snapshotId);
    } else {
      const volumeId = (await findSnapshot(transaction, file.id))?.volumeId;
      if (volumeId !== undefined) await unpin(transaction, 'volumes', volumeId);
    }
  });
}

async function deleted(database: Database, table: FileTable, file: OrderedId): Promise<void> {
  await database.transaction(async (transaction) => {
    if (!(await remove(transaction, table, { ...file, status: 'deleting' }))) return;
    await releaseTokens(transaction, file.id);
  });
}
