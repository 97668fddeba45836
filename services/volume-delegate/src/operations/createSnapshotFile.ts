import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { volumeDelegate } from '@vbs-lustre/wsdl';
import type { Jobs } from '../jobs/jobs.js';
import { checkId, checkSize, describeJob } from './orders.js';

/** Paper, section 4.1 (2): checks the space, answers, and copies the volume file in the background with cp, unless a hypervisor has done so. */
export function createSnapshotFile(
  jobs: Jobs,
): Handler<volumeDelegate.VolumeDelegate['CreateSnapshotFile']> {
  return async (request) => {
    const job = await jobs.submit({
      kind: 'createSnapshot',
      orderId: checkId('ord', 'orderId', request.orderId),
      id: checkId('snap', 'snapshotId', request.snapshotId),
      sizeBytes: checkSize(request.sizeBytes),
      sourceId: checkId('vol', 'volumeId', request.volumeId),
      ...(request.isFilled && { isFilled: true as const }),
      ...(request.checksum && { checksum: true as const }),
    });
    return describeJob(job);
  };
}
