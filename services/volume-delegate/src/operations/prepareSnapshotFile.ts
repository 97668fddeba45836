import { partName } from '@vbs-lustre/shared/partName';
import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { volumeDelegate } from '@vbs-lustre/wsdl';
import { draining, refusal } from '../jobs/explain.js';
import type { Jobs } from '../jobs/jobs.js';
import type { VolumeFiles } from '../jobs/volumeFiles.js';
import type { SpaceLedger } from '../storage/space.js';
import { FileExistsError } from '../storage/storage.js';
import { checkId, checkSize } from './orders.js';

/**
 * Makes the part of a snapshot that a hypervisor is to write, and promises it its space. The part is all that there is of it:
 * whoever has the record of the snapshot orders what becomes of it. Done twice, it is as if done once.
 */
export function prepareSnapshotFile(
  jobs: Jobs,
  ledger: SpaceLedger,
  files: VolumeFiles,
): Handler<volumeDelegate.VolumeDelegate['PrepareSnapshotFile']> {
  return async (request, { log }) => {
    const part = partOf(request);
    if (jobs.isDraining) throw draining();
    const name = partName(part);
    try {
      await ledger.reserve(part).catch((error) => {
        if (!(error instanceof FileExistsError)) throw error;
      });
      await files.lengthen(name, part.bytes);
    } catch (error) {
      await ledger.release(name).catch(() => undefined);
      throw refusal(error, log);
    }
    return { orderId: part.orderId, state: 'prepared' };
  };
}

/** Removes the part of a snapshot that came to nothing, and the promise of its space. */
export function dropSnapshotFile(
  ledger: SpaceLedger,
): Handler<volumeDelegate.VolumeDelegate['DropSnapshotFile']> {
  return async (request) => {
    const part = partOf(request);
    await ledger.release(partName(part));
    return { orderId: part.orderId, state: 'dropped' };
  };
}

function partOf({ orderId, snapshotId, sizeBytes }: volumeDelegate.PrepareSnapshotFile) {
  return {
    orderId: checkId('ord', 'orderId', orderId),
    id: checkId('snap', 'snapshotId', snapshotId),
    bytes: checkSize(sizeBytes),
  };
}
