import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { vmmDelegate } from '@vbs-lustre/wsdl';
import type { Attachments } from '../attachments.js';
import { assertDevice } from './device.js';
import { assertHost } from './host.js';

/** A volume that a machine of this host may write has become larger, and the machine is to see that. */
export function resizeVolume(
  attachments: Attachments,
  host: string,
): Handler<vmmDelegate.VmmDelegate['ResizeVolume']> {
  return async ({ vmm, ...order }) => {
    const { orderId, device, sizeBytes } = order;
    assertHost(vmm, host);
    assertDevice(device);
    if (sizeBytes <= 0) {
      throw new ServiceFault(
        'InvalidParameterValue',
        'The parameter sizeBytes is not greater than 0.',
      );
    }
    await attachments.resize(order);
    return { orderId };
  };
}
