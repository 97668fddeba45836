import { ServiceFault } from '@vbs-lustre/shared/faults';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { findVm } from './findVm.js';
import { isOf } from './guard/conflicts.js';
import { type Guard, isUnknown, ordersOf } from './guard/guard.js';
import type { Hypervisor } from './hypervisors/driver.js';
import type { VolumeDirectory } from './volumeDirectory.js';

export interface ResizeRequest {
  /** Of the attachment. */
  orderId: string;
  volumeId: string;
  instanceId: string;
  device: string;
  /** What the file has now. */
  sizeBytes: number;
}

interface Parts {
  hypervisor: Hypervisor;
  volumes: VolumeDirectory;
  guard: Guard;
}

/**
 * Has a machine see that a volume has become larger; the caller holds its locks.
 * @throws {ServiceFault} `IncorrectState` if it has nothing attached by this order, or its hypervisor can't be told
 */
export async function resize(
  { hypervisor, volumes, guard }: Parts,
  { orderId, volumeId, instanceId, device, sizeBytes }: ResizeRequest,
  log: Log,
): Promise<void> {
  const own = await guard.own(volumeId);
  const { vms, attachments } = await hypervisor.look();
  const vm = findVm(vms, instanceId);
  const file = volumes.pathOf(volumeId);
  const existing = vm && attachments.find((each) => isOf(each, vm, device) && each.file === file);
  const orders = existing && ordersOf(own, { ...existing, volumeId });
  if (!orders || (!orders.includes(orderId) && !isUnknown(orders))) {
    throw new ServiceFault('IncorrectState', `${orderId} has nothing attached to ${instanceId}.`);
  }
  const failure = hypervisor.resize
    ? await hypervisor.resize(vm, device, sizeBytes).then(() => undefined, errorFields)
    : { error: `${hypervisor.name} has no way to` };
  if (failure === undefined) return;
  log.error('a machine cannot be told of the size of a disk', { vm: vm.name, device, ...failure });
  throw new ServiceFault(
    'IncorrectState',
    `${vm.name} cannot be told that ${volumeId} has become larger; detach the volume first.`,
  );
}
