import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { vmmDelegate } from '@vbs-lustre/wsdl';
import type { Hypervisor } from '../hypervisors/driver.js';

/** Answers `ok` if the hypervisor answers; fails otherwise. */
export function describeHealth(
  hypervisor: Hypervisor,
): Handler<vmmDelegate.VmmDelegate['DescribeHealth']> {
  return async () => {
    await hypervisor.look();
    return { status: 'ok', hypervisor: hypervisor.name };
  };
}
