import type { LabGuest } from '@vbs-lustre/lab/agent/labGuest';
import type { Hypervisor } from '../../services/vmm-delegate/src/hypervisors/driver.js';

/** The names of the two VMs that the suite starts. */
export type VmName = 'vm1' | 'vm2';

/** What the suite needs of a real host of one hypervisor. */
export interface HypervisorBench {
  /** The driver, with limits that a slow machine keeps to. */
  readonly hypervisor: Hypervisor;
  /** The same driver for orders that a guest will not answer: it gives up within a minute. */
  readonly impatient: Hypervisor;
  /** Whether `detach` with `force` takes a device from a guest that does not answer. */
  readonly hasForce: boolean;
  /** Whether the driver can copy what a guest writes. */
  readonly hasCopier: boolean;
  /** One folder: as this machine names it, and as the driver's host does. */
  readonly folder: { here: string; there: string };
  /** A script that prints the UUID of the VM in its guest. */
  readonly uuidScript: string;
  /** Boots a VM that does not run, with a UUID of its own at each start, until its guest takes commands. */
  start(name: VmName): Promise<LabGuest>;
  /** Stops a VM's processors. */
  pause(name: VmName): Promise<void>;
  resume(name: VmName): Promise<void>;
  /** The files of the folder that the host holds open for its VMs, asked past the driver. */
  heldFiles(): Promise<string[]>;
  stop(): Promise<void>;
}
