import { ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import type { vbslustre } from '@vbs-lustre/wsdl';
import { orderCreation } from '../fileOrders.js';
import type { FrontEnd, UserOperation } from '../frontEnd.js';
import type { Database } from '../metadata/database.js';
import { insertExport } from '../metadata/exports.js';
import { type FileTable, pin } from '../metadata/files.js';
import { checkQuotas } from '../quotas.js';
import { createOnce } from './createOnce.js';
import { checkFileName } from './exchange.js';
import { presentExport } from './presentExport.js';
import { refuseExtended } from './refuseExtended.js';
import { ownExport, ownSnapshot, ownVolume, tokenUse } from './validate.js';
import { whyNotCopied } from './whyNotCopied.js';

/**
 * Export-volume: like create-snapshot, with the copy in the exchange folder of the user. The task is what he sees end. The
 * volume or snapshot stays as it is meanwhile: nobody writes or deletes it.
 */
export function exportVolume(frontEnd: FrontEnd): UserOperation<'ExportVolume'> {
  const { database, volumeDelegates, quotas } = frontEnd;
  return async (request, { userId }) => {
    const { fileName } = request;
    const [table, sourceId] = sourceIn(request);
    checkFileName(fileName);
    const use = tokenUse('ExportVolume', request, userId);
    const plan = async () => {
      const { sizeBytes } = await ownSource(database, table, sourceId, userId);
      await volumeDelegates.lookInExchange({ owner: userId, fileName, purpose: 'export' });
      const ids = { id: newId('export'), owner: userId, sourceId, orderId: newId('ord') };
      return { table: 'exports' as const, ...ids, fileName, sizeBytes, delegate: '' };
    };
    const outcome = await createOnce(database, use, plan, async (transaction, task) => {
      await checkQuotas(transaction, quotas, userId, { exports: 1 }, 'RequestLimitExceeded');
      const isPinned = await pin(transaction, table, sourceId);
      const source = await ownSource(transaction, table, sourceId, userId);
      if (!isPinned) throw whyNotCopied(source);
      refuseExtended(source, task.sizeBytes);
      task.delegate = await volumeDelegates.choose(transaction);
      await insertExport(transaction, task);
    });
    if ('made' in outcome) await orderCreation(frontEnd, outcome.made);
    const id = 'made' in outcome ? outcome.made.id : outcome.known;
    return { exportTask: presentExport(await ownExport(database, id, userId)) };
  };
}

function sourceIn({ volumeId, snapshotId }: vbslustre.ExportVolume): [FileTable, string] {
  if (volumeId !== undefined && snapshotId !== undefined) {
    const sentence = 'Give volumeId or snapshotId, not both.';
    throw new ServiceFault('InvalidParameterCombination', sentence);
  }
  if (volumeId !== undefined) return ['volumes', volumeId];
  if (snapshotId !== undefined) return ['snapshots', snapshotId];
  throw new ServiceFault('MissingParameter', 'Give volumeId or snapshotId.');
}

function ownSource(database: Database, table: FileTable, id: string, userId: string) {
  return table === 'volumes' ? ownVolume(database, id, userId) : ownSnapshot(database, id, userId);
}
