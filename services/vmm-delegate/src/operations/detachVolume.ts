import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { vmmDelegate } from '@vbs-lustre/wsdl';
import type { Attachments } from '../attachments.js';
import { assertDevice } from './device.js';
import { assertHost } from './host.js';

/** Detach-volume (paper, section 4.1 (4)): `xm block-detach`, or what the hypervisor of this host has for it. */
export function detachVolume(
  attachments: Attachments,
  host: string,
): Handler<vmmDelegate.VmmDelegate['DetachVolume']> {
  return async ({ vmm, force = false, ...order }) => {
    const { orderId, device } = order;
    assertHost(vmm, host);
    assertDevice(device);
    await attachments.detach({ ...order, force });
    return { orderId };
  };
}
