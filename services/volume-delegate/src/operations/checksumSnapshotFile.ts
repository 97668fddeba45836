import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { volumeDelegate } from '@vbs-lustre/wsdl';
import type { Jobs } from '../jobs/jobs.js';
import { checkId, checkSize, describeJob } from './orders.js';

/** Answers, and reads the snapshot file in the background; its SHA-256 is told with the end. */
export function checksumSnapshotFile(
  jobs: Jobs,
): Handler<volumeDelegate.VolumeDelegate['ChecksumSnapshotFile']> {
  return async (request) => {
    const job = await jobs.submit({
      kind: 'checksum',
      orderId: checkId('ord', 'orderId', request.orderId),
      id: checkId('snap', 'snapshotId', request.snapshotId),
      sizeBytes: checkSize(request.sizeBytes),
    });
    return describeJob(job);
  };
}
