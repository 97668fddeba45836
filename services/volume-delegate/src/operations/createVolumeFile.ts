import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { volumeDelegate } from '@vbs-lustre/wsdl';
import type { Jobs } from '../jobs/jobs.js';
import { checkId, checkSize, describeJob } from './orders.js';

/** Paper, section 4.1 (1): checks the space, answers, and makes the file in the background with dd or cp. */
export function createVolumeFile(
  jobs: Jobs,
): Handler<volumeDelegate.VolumeDelegate['CreateVolumeFile']> {
  return async (request) => {
    const { snapshotId } = request;
    const job = await jobs.submit({
      kind: 'createVolume',
      orderId: checkId('ord', 'orderId', request.orderId),
      id: checkId('vol', 'volumeId', request.volumeId),
      sizeBytes: checkSize(request.sizeBytes),
      ...(snapshotId !== undefined && { sourceId: checkId('snap', 'snapshotId', snapshotId) }),
    });
    return describeJob(job);
  };
}
