import type { VirtualMachine } from './hypervisors/driver.js';

/** A machine goes by its name, its UUID, or, if none has that name, its hypervisor's number for it. */
export function findVm(
  vms: readonly VirtualMachine[],
  instanceId: string,
): VirtualMachine | undefined {
  const isNamed = ({ name, uuid }: VirtualMachine): boolean =>
    name === instanceId || uuid === instanceId.toLowerCase();
  return vms.find(isNamed) ?? vms.find(({ id }) => id === instanceId);
}
