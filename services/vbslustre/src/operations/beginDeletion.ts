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
  /** Ends what keeps a record from being deleted, if that may be. @returns whether there was something */
  clear?(transaction: Database): Promise<boolean>;
  /** Why a record can't be deleted now. */
  whyNot(record: R, database: Database): ServiceFault | Promise<ServiceFault>;
}

/**
 * Starts a deletion, together with its client token.
 * @returns false if it is under way already
 * @throws {ServiceFault}
 */
export async function beginDeletion<R extends FileRecord>(
  database: Database,
  use: TokenUse,
  { table, id, orderId, find, clear, whyNot }: Deletion<R>,
): Promise<boolean> {
  const begin = async (transaction: Database): Promise<boolean> => {
    const start = () => startDeleting(transaction, table, id, orderId);
    if ((await start()) || ((await clear?.(transaction)) && (await start()))) return true;
    const record = await find(transaction);
    if (record.status === 'deleting') return false;
    throw await whyNot(record, transaction);
  };
  let begun: boolean | undefined;
  const write = async (transaction: Database): Promise<void> => {
    begun = await begin(transaction);
  };
  await doOnce(database, use, id, write, DELETED);
  // The token was bound by a deletion that has failed since, or is under way.
  return begun ?? database.transaction(begin);
}
