import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { AttachMode, BlockAttachment, VirtualMachine } from '../hypervisors/driver.js';

interface Wanted {
  vm: VirtualMachine;
  file: string;
  volumeId: string;
  device: string;
  mode: AttachMode;
}

/**
 * One writer or many readers among the machines of this host, and one use of a device, by the hypervisor's own list.
 * @throws {ServiceFault} `VolumeInUse` or `InvalidParameterValue`
 */
export function refuseConflicts(
  all: readonly BlockAttachment[],
  { vm, file, device, mode, volumeId }: Wanted,
): void {
  const sharing = all.filter((each) => each.file === file);
  if (sharing.some((each) => each.vm.name === vm.name)) {
    throw new ServiceFault('VolumeInUse', `${volumeId} is attached to ${vm.name} already.`);
  }
  if (sharing.some((each) => each.mode === 'w' || mode === 'w')) {
    throw new ServiceFault(
      'VolumeInUse',
      `${volumeId} is attached to another machine of this host.`,
    );
  }
  if (all.some((each) => isOf(each, vm, device))) {
    throw new ServiceFault(
      'InvalidParameterValue',
      `The device ${device} of ${vm.name} is in use; choose another.`,
    );
  }
}

export function isOf(attachment: BlockAttachment, vm: VirtualMachine, device: string): boolean {
  return attachment.vm.name === vm.name && attachment.device === device;
}
