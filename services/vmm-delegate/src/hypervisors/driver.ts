/** `r`: the guest can only read; `w`: it can read and write (the paper's attach-mode, section 4.3). */
export type AttachMode = 'r' | 'w';

/** A virtual machine as its hypervisor knows it. */
export interface VirtualMachine {
  name: string;
  /** Lower case, with dashes. */
  uuid: string;
  /** The hypervisor's own number for it, if it has one: another one after each start. */
  id?: string;
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
  /** Why its data is not to be trusted, though it works: the driver would not have made it so. */
  flaw?: string | undefined;
}

export interface AttachOrder {
  vm: VirtualMachine;
  device: string;
  /** Absolute path of a raw image that exists. */
  file: string;
  mode: AttachMode;
  /** What the guest sees as the disk's serial number, where the hypervisor has such a thing; at most 20 characters. */
  serial: string;
  /** To be called right before the hypervisor is given the order: throws if nobody wants it any more, since it has waited too long. */
  mayBegin?: () => void;
}

/** What a hypervisor says of its host, as nearly as it can at one moment. */
export interface HostView {
  /** All VMs that run on this host, the host's own control domain excepted. */
  vms: VirtualMachine[];
  /** Block devices backed by a file; also those that this driver did not attach, under the hypervisor's own name for them. */
  attachments: BlockAttachment[];
}

export interface DetachOptions {
  /**
   * Takes the device away also from a guest that does not let it go: what it has not written yet is lost. Where the
   * hypervisor has no such thing, it is as without.
   */
  force?: boolean;
}

/** A copy of what a device held at one moment, as the hypervisor itself says. */
export interface DeviceCopy {
  /** Names it. */
  snapshotId: string;
  vm: VirtualMachine;
  /** Undefined if only a rest of it is left. */
  device: string | undefined;
  /** `done`: all is on disk, and the file is closed. `failed`: it ended, or never began; its file is worth nothing. */
  state: 'running' | 'done' | 'failed';
  bytesDone: number;
  /** After a failure: the hypervisor's own words. */
  message?: string;
}

export interface CopyOrder {
  snapshotId: string;
  vm: VirtualMachine;
  device: string;
  /** Absolute path of a raw image that exists, of the device's size. */
  target: string;
  /** For how long the VM may be paused, as far as it has to be. Absent: as the host is set, if the file can be cloned. */
  maxPauseMs?: number | undefined;
}

/**
 * What a hypervisor has that can copy a disk as it is at one moment, though its guest is writing. The hypervisor itself
 * remembers each copy until it is ended, also while its delegate is not there.
 */
export interface Copier {
  /**
   * Begins a copy of what the device holds at some moment of this call; returns when it has begun.
   * @throws {PauseError} if the VM would have to be paused for longer than it may be
   */
  start(order: CopyOrder): Promise<void>;
  /** All that were begun and not ended, with the rests of those that were begun halfway; closes the files of those that are done. */
  look(vm?: VirtualMachine): Promise<DeviceCopy[]>;
  /** Ends a copy and forgets it: nothing is written to its file afterwards. No such copy: returns. */
  end(vm: VirtualMachine, snapshotId: string): Promise<void>;
  /** This delegate ends: whatever it does for copies by itself is given up, and no VM stays paused. */
  stop?(): Promise<void>;
}

/**
 * One kind of hypervisor. A driver gives orders and looks; it decides nothing: who may attach what,
 * one writer or many readers, reading back after each order and cleaning up are the caller's, once for all drivers.
 *
 * Every method is bounded in time and throws {@link HypervisorError} if the hypervisor can't be asked or refuses.
 * That an order returned, or failed, proves nothing: only a look does.
 *
 * A VM is found by name and uuid at each call. One that does not run on this host has no attachments and
 * nothing to detach, so only `attach` throws for it; one that ends during a look is left out of it.
 */
export interface Hypervisor {
  readonly name: string;
  /** @param vm only this VM and its attachments are wanted: it is not there if it does not run on this host */
  look(vm?: VirtualMachine): Promise<HostView>;
  /** Orders the hypervisor to give the VM the device; returns when the order has been carried out. */
  attach(order: AttachOrder): Promise<void>;
  /**
   * Has the VM see that the file behind a device that it may write has become larger; returns when it was told. Absent where the
   * hypervisor can't: then a volume is extended only while it is detached.
   * @param sizeBytes what the file has now
   */
  resize?(vm: VirtualMachine, device: string, sizeBytes: number): Promise<void>;
  /**
   * Orders the hypervisor to take the device away; returns when it is gone. No such device: returns. A copy that is being made
   * of the device fails by it.
   */
  detach(vm: VirtualMachine, device: string, options?: DetachOptions): Promise<void>;
  /** Absent: it can't copy what a guest is writing. */
  readonly copier?: Copier | undefined;
}

/** The hypervisor refused or could not be asked. `message` is its own words, for the log. */
export class HypervisorError extends Error {
  override readonly name = 'HypervisorError';
}

/** A VM would have to be paused for longer than it may be; nothing was done to it. */
export class PauseError extends HypervisorError {
  /** An estimate. */
  readonly neededMs: number;
  /** What can be allowed at the most. */
  readonly limitMs: number;

  constructor(vm: VirtualMachine, neededMs: number, allowedMs: number, limitMs: number) {
    super(
      `${vm.name} would be paused for about ${Math.ceil(neededMs)} ms, and ${allowedMs} are allowed`,
    );
    this.neededMs = neededMs;
    this.limitMs = limitMs;
  }
}

/** The host has no time for an attach order now; nothing was ordered. */
export class BusyError extends HypervisorError {
  constructor() {
    super('other attach orders of this host took too long');
  }
}

/** A VM is paused for a copy, and answers nobody until it goes on; nothing was ordered. */
export class PausedError extends HypervisorError {
  constructor({ name }: VirtualMachine) {
    super(`${name} is paused for a copy, and takes nothing until it goes on`);
  }
}
