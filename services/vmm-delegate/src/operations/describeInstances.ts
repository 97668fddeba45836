import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { vmmDelegate } from '@vbs-lustre/wsdl';
import type { Hypervisor } from '../hypervisors/driver.js';

/** The virtual machines that run on this host. */
export function describeInstances(
  hypervisor: Hypervisor,
): Handler<vmmDelegate.VmmDelegate['DescribeInstances']> {
  return async () => {
    const { vms } = await hypervisor.look();
    const item = vms.map(({ name, uuid, id }) => ({
      instanceId: name,
      instanceUuid: uuid,
      instanceNumber: id,
    }));
    return { instanceSet: { item } };
  };
}
