/** `r`: the guest can only read; `w`: it can read and write (the paper's attach-mode, section 4.3). */
export type AttachMode = 'r' | 'w';

/** A virtual machine as its hypervisor knows it. */
export interface VirtualMachine {
  name: string;
  /** Lower case, with dashes. */
  uuid: string;
}

/** A block device that the hypervisor itself says a VM has. */
export interface BlockAttachment {
  vm: VirtualMachine;
  /** The name of the device as it was asked for, such as `xvdb`. */
  device: string;
  /** Absolute path of the file behind the device. */
  file: string;
  mode: AttachMode;
  /**
   * `attached`: the device works. `incomplete`: it is there but not, or no longer, connected (the rest
   * of a failed attach, or a detach that the guest has not answered yet).
   */
  state: 'attached' | 'incomplete';
}

export interface AttachOrder {
  vm: VirtualMachine;
  device: string;
  /** Absolute path of a raw image that exists. */
  file: string;
  mode: AttachMode;
  /** What the guest sees as the disk's serial number, where the hypervisor has such a thing; at most 20 characters. */
  serial: string;
}

/**
 * One kind of hypervisor. A driver gives orders and reads lists; it decides nothing: who may attach what,
 * one writer or many readers, reading back after each order and cleaning up are the caller's, once for all drivers.
 *
 * Every method is bounded in time and throws {@link HypervisorError} if the hypervisor can't be asked or refuses.
 * That an order returned, or failed, proves nothing: only the lists do.
 *
 * A VM is found by name and uuid at each call. One that does not run on this host has no attachments and
 * nothing to detach, so only `attach` throws for it; one that ends while a list is made is left out of it.
 */
export interface Hypervisor {
  readonly name: string;
  /** All VMs that run on this host, the host's own control domain excepted. */
  listVms(): Promise<VirtualMachine[]>;
  /**
   * All block devices backed by a file of all VMs, or of one; also those that this driver did not attach,
   * under the hypervisor's own name for them.
   */
  listAttachments(vm?: VirtualMachine): Promise<BlockAttachment[]>;
  /** Orders the hypervisor to give the VM the device; returns when the order has been carried out. */
  attach(order: AttachOrder): Promise<void>;
  /** Orders the hypervisor to take the device away; returns when it is gone. No such device: returns. */
  detach(vm: VirtualMachine, device: string): Promise<void>;
}

/** The hypervisor refused or could not be asked. `message` is its own words, for the log. */
export class HypervisorError extends Error {
  override readonly name = 'HypervisorError';
}
