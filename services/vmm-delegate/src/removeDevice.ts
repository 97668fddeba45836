import { ServiceFault } from '@vbs-lustre/shared/faults';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import {
  type BlockAttachment,
  type Hypervisor,
  PausedError,
  type VirtualMachine,
} from './hypervisors/driver.js';

/** What the hypervisor says of a device; undefined if there is none. */
export async function findDevice(
  hypervisor: Hypervisor,
  vm: VirtualMachine,
  device: string,
): Promise<BlockAttachment | undefined> {
  const { attachments } = await hypervisor.look(vm);
  return attachments.find((each) => each.device === device);
}

/** Takes a device away. @throws {ServiceFault} `Unavailable` if it is still there then */
export async function removeDevice(
  hypervisor: Hypervisor,
  { vm, device, file }: BlockAttachment,
  force: boolean,
  log: Log,
): Promise<void> {
  const failure = await hypervisor.detach(vm, device, { force }).then(
    () => undefined,
    (error: Error) => error,
  );
  const isThere = (await findDevice(hypervisor, vm, device))?.file === file;
  const fields = { vm: vm.name, device, force, ...(failure && errorFields(failure)) };
  if (!isThere) {
    if (failure) log.warn('a device is gone, though its detach failed', fields);
    return;
  }
  log.error('a device is still there', fields);
  throw new ServiceFault(
    'Unavailable',
    failure instanceof PausedError
      ? `${vm.name} is paused for a snapshot of another volume and cannot let go of ${device}; repeat this when that is made.`
      : `${vm.name} has not let go of ${device} yet; try again later.`,
  );
}
