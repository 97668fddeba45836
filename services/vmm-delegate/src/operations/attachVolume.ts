import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { vmmDelegate } from '@vbs-lustre/wsdl';
import type { Attachments } from '../attachments.js';
import { assertDevice } from './device.js';
import { assertHost } from './host.js';

/** Attach-volume (paper, section 4.1 (3)): `xm block-attach`, or what the hypervisor of this host has for it. */
export function attachVolume(
  attachments: Attachments,
  host: string,
): Handler<vmmDelegate.VmmDelegate['AttachVolume']> {
  return async ({ vmm, attachMode: mode, ...order }) => {
    const { orderId, volumeId, device } = order;
    assertHost(vmm, host);
    assertDevice(device);
    const attached = await attachments.attach({ ...order, mode });
    return {
      orderId,
      instanceId: attached.vm.name,
      instanceUuid: attached.vm.uuid,
      device,
      volumeId,
      attachMode: attached.mode,
      state: attached.state,
    };
  };
}
