import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { vmmDelegate } from '@vbs-lustre/wsdl';
import type { Attachments } from '../attachments.js';

/** The volumes that the hypervisor itself says are attached on this host. */
export function describeAttachments(
  attachments: Attachments,
): Handler<vmmDelegate.VmmDelegate['DescribeAttachments']> {
  return async () => {
    const item = (await attachments.list()).map(
      ({ vm, device, volumeId, mode, state, orderId }) => ({
        instanceId: vm.name,
        instanceUuid: vm.uuid,
        device,
        volumeId,
        attachMode: mode,
        state,
        orderId,
        instanceNumber: vm.id,
      }),
    );
    return { attachmentSet: { item } };
  };
}
