import { ServiceFault } from '@vbs-lustre/shared/faults';

/** @throws {ServiceFault} unless it is `xvdb` to `xvdz`: xvda is the machine's own disk. */
export function assertDevice(device: string): void {
  if (/^xvd[b-z]$/.test(device)) return;
  throw new ServiceFault('InvalidParameterValue', 'The parameter device must be xvdb to xvdz.');
}
