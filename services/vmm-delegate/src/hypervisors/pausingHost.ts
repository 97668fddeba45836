import type { DeviceCopy, VirtualMachine } from './driver.js';

/** What is remembered of a copy, where it outlives this process. */
export interface CopyRecord {
  snapshotId: string;
  vm: VirtualMachine;
  device: string;
  /** `running` without a process that copies: whoever did was killed. */
  state: DeviceCopy['state'];
  /** Whether the VM may be paused by us: written down before it is, and taken back when it goes on. */
  pauses: boolean;
  bytesDone: number;
  message?: string;
}

/** Keeps what is written until it is removed, or the host is started anew: then no VM of before is there either. */
export interface CopyRecords {
  list(): Promise<CopyRecord[]>;
  /** Returns when it is kept. */
  write(record: CopyRecord): Promise<void>;
  remove(snapshotId: string): Promise<void>;
}

export interface VmState {
  isPaused: boolean;
  /** How long its processors have run, as finely as the hypervisor tells it. */
  ran: string;
}

/** A hypervisor that can pause a VM. `until`, as in Date.now(), is when to give up. All throw `HypervisorError`. */
export interface PausingHost {
  readonly records: CopyRecords;
  /** Absolute path of the file behind a working device. */
  fileOf(vm: VirtualMachine, device: string, until: number): Promise<string>;
  /** Whether this VM, as it was started then, is there. */
  isThere(vm: VirtualMachine, until: number): Promise<boolean>;
  /** Undefined if it is not there any more. */
  stateOf(vm: VirtualMachine, until: number): Promise<VmState | undefined>;
  /** Pauses are counted: one that somebody else has ordered stays. */
  pause(vm: VirtualMachine, until: number): Promise<void>;
  unpause(vm: VirtualMachine, until: number): Promise<void>;
  /** How many requests of the guest were begun at its disk, by kind: one that has gone on for a moment may have run too shortly to be seen. */
  requestsOf(vm: VirtualMachine, device: string, until: number): Promise<string>;
  /** Waits until nothing that a paused guest had ordered is still on its way to the file. @returns what {@link requestsOf} tells then */
  whenQuiet(vm: VirtualMachine, device: string, until: number): Promise<string>;
}
