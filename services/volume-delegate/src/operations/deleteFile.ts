import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { volumeDelegate } from '@vbs-lustre/wsdl';
import type { Jobs } from '../jobs/jobs.js';
import { checkId, describeJob } from './orders.js';

/** A deletion that takes longer is answered as pending; its outcome is reported like any other. */
const ANSWER_WITHIN_MS = 5_000;

/** Paper, section 4.1 (5): removes a volume or snapshot file with `rm -f`. */
export function deleteFile(jobs: Jobs): Handler<volumeDelegate.VolumeDelegate['DeleteFile']> {
  return async ({ orderId, volumeId, snapshotId }) => {
    const job = await jobs.submit({
      kind: 'delete',
      orderId: checkId('ord', 'orderId', orderId),
      id: fileOf(volumeId, snapshotId),
    });
    return describeJob((await jobs.settled(orderId, ANSWER_WITHIN_MS)) ?? job);
  };
}

function fileOf(volumeId: string | undefined, snapshotId: string | undefined): string {
  if (volumeId !== undefined && snapshotId === undefined)
    return checkId('vol', 'volumeId', volumeId);
  if (snapshotId !== undefined && volumeId === undefined) {
    return checkId('snap', 'snapshotId', snapshotId);
  }
  throw new ServiceFault(
    'InvalidParameterCombination',
    'Give exactly one of volumeId and snapshotId.',
  );
}
