import { ServiceFault } from '@vbs-lustre/shared/faults';

/**
 * An order that was signed for another host is none for this one, however it got here.
 * @throws {ServiceFault} `AuthFailure`, which says that the order was not taken at all
 */
export function assertHost(vmm: string, own: string): void {
  if (vmm === own) return;
  throw new ServiceFault('AuthFailure', `This order is for the host ${vmm}, and this is ${own}.`);
}
