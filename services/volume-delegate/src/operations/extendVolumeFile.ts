import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { volumeDelegate } from '@vbs-lustre/wsdl';
import type { Jobs } from '../jobs/jobs.js';
import { checkExpiry, checkId, checkSize, describeJob } from './orders.js';

/** Checks the space, answers, and appends zeroes to the volume file in the background. */
export function extendVolumeFile(
  jobs: Jobs,
): Handler<volumeDelegate.VolumeDelegate['ExtendVolumeFile']> {
  return async (request) => {
    checkExpiry(request.expires);
    const [fromBytes, sizeBytes] = [checkSize(request.fromBytes), checkSize(request.sizeBytes)];
    if (sizeBytes < fromBytes) {
      throw new ServiceFault('InvalidParameterValue', 'A volume file never gets smaller.');
    }
    const job = await jobs.submit({
      kind: 'extendVolume',
      orderId: checkId('ord', 'orderId', request.orderId),
      id: checkId('vol', 'volumeId', request.volumeId),
      ...{ fromBytes, sizeBytes },
    });
    return describeJob(job);
  };
}
