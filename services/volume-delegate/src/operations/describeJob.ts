import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { volumeDelegate } from '@vbs-lustre/wsdl';
import type { Jobs } from '../jobs/jobs.js';
import { describeJob } from './orders.js';

/** The state of one order of the last day. */
export function describeOneJob(jobs: Jobs): Handler<volumeDelegate.VolumeDelegate['DescribeJob']> {
  return async ({ orderId }) => {
    const job = jobs.find(orderId);
    if (!job)
      throw new ServiceFault('InvalidParameterValue', `${orderId} is no order of this delegate.`);
    return describeJob(job);
  };
}
