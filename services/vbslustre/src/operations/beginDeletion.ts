import type { ServiceFault } from '@vbs-lustre/shared/faults';
import type { TokenUse } from '../metadata/clientTokens.js';
import type { Database } from '../metadata/database.js';
import { type FileRecord, type FileTable, startDeleting } from '../metadata/files.js';
import { doOnce } from './doOnce.js';

export const DELETED = { return: true };

interface Deletion<R extends FileRecord> {
  table: FileTable;
  id: string;
  orderId: string;
  /** @throws {ServiceFault} if there is no such record (any more) */
  find(database: Database): Promise<R>;
  /** Why a record can't be deleted now. */
  whyNot(record: R): ServiceFault;
}

/**
 * Starts a deletion, together with its client token.
 * @returns false if it is under way already
 * @throws {ServiceFault}
 */
export async function beginDeletion<R extends FileRecord>(
  database: Database,
  use: TokenUse,
  { table, id, orderId, find, whyNot }: Deletion<R>,
): Promise<boolean> {
  const begin = async (transaction: Database): Promise<boolean> => {
    if (await startDeleting(transaction, table, id, orderId)) return true;
    const record = await find(transaction);
    if (record.status === 'deleting') return false;
    throw whyNot(record);
  };
  let begun: boolean | undefined;
  const write = async (transaction: Database): Promise<void> => {
    begun = await begin(transaction);
  };
  await doOnce(database, use, id, write, DELETED);
  // The token was bound by a deletion that has failed since, or is under way.
  return begun ?? begin(database);
}
