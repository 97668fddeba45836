import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { Locks } from '@vbs-lustre/shared/locks';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { exclusively } from './exclusively.js';
import { findVm } from './findVm.js';
import { isOf } from './guard/conflicts.js';
import { type Guard, ordersOf } from './guard/guard.js';
import {
  type Copier,
  type DeviceCopy,
  type Hypervisor,
  PauseError,
  type VirtualMachine,
} from './hypervisors/driver.js';
import type { VolumeDirectory } from './volumeDirectory.js';

export interface CopyRequest {
  snapshotId: string;
  /** Of the part that was prepared. */
  orderId: string;
  sizeBytes: number;
  /** An order that comes later is refused: whoever gave it may have given it up. */
  expires: Date;
  volumeId: string;
  instanceId: string;
  device: string;
  /** Of the attachment that is meant. */
  attachOrderId: string;
  /** For how long the machine may be paused, as far as it has to be. Absent: as this host is set, if the file can be cloned. */
  maxPauseMilliseconds?: number | undefined;
}

/**
 * For how long a copy goes on that no front end asks for: far longer than a front end is away, since then its owner loses a
 * snapshot; and not for ever, since then it was given up, and its file is gone.
 */
const KEPT_MS = 600_000;

/**
 * Copies of what machines are writing, as it is at one moment. The hypervisor remembers them, not this delegate: one that was
 * killed finds them as they are. A copy is never begun twice: its moment would be another one.
 */
export class Copies {
  readonly #hypervisor: Hypervisor;
  readonly #volumes: VolumeDirectory;
  readonly #guard: Guard;
  readonly #log: Log;
  readonly #locks: Locks;
  /** When each copy was asked for last. */
  readonly #asked = new Map<string, number>();

  /** @param locks those of the attachments: a copy does not begin while its disk is taken away */
  constructor(
    hypervisor: Hypervisor,
    volumes: VolumeDirectory,
    guard: Guard,
    log: Log,
    locks: Locks,
  ) {
    this.#hypervisor = hypervisor;
    this.#volumes = volumes;
    this.#guard = guard;
    this.#log = log;
    this.#locks = locks;
  }

  /**
   * Begins a copy, unless it was begun before.
   * @throws {ServiceFault} anything but `InternalError` and `Unavailable` says that it surely was not begun
   */
  start(request: CopyRequest): Promise<DeviceCopy> {
    return exclusively(this.#locks, request, () => this.#start(request));
  }

  /** Undefined if the hypervisor knows of no such copy. */
  async find(instanceId: string, snapshotId: string): Promise<DeviceCopy | undefined> {
    const vm = findVm((await this.#hypervisor.look()).vms, instanceId);
    return vm && this.#find(vm, snapshotId);
  }

  /** Ends a copy and forgets it; nothing is written to its file any more. */
  async end(instanceId: string, snapshotId: string): Promise<void> {
    const vm = findVm((await this.#hypervisor.look()).vms, instanceId);
    if (vm) await this.#copier.end(vm, snapshotId);
    this.#asked.delete(snapshotId);
  }

  /** Ends the copies that nobody asks for. */
  async sweep(keptMs = KEPT_MS): Promise<void> {
    if (!this.#hypervisor.copier) return;
    const copies = await this.#hypervisor.copier.look();
    const now = performance.now();
    for (const { vm, snapshotId } of copies) {
      const asked = this.#asked.get(snapshotId);
      // A delegate that has just been started does not know when that was.
      if (asked === undefined) this.#asked.set(snapshotId, now);
      if (asked === undefined || now - asked < keptMs) continue;
      this.#log.warn('a copy that nobody asks for is ended', { vm: vm.name, snapshotId });
      await this.end(vm.name, snapshotId);
    }
    const known = new Set(copies.map(({ snapshotId }) => snapshotId));
    for (const each of this.#asked.keys()) if (!known.has(each)) this.#asked.delete(each);
  }

  async #start(request: CopyRequest): Promise<DeviceCopy> {
    const { snapshotId, volumeId, device, expires } = request;
    const { vms, attachments } = await this.#hypervisor.look();
    const vm = findVm(vms, request.instanceId);
    const before = vm && (await this.#find(vm, snapshotId));
    if (before && before.device !== undefined) return before;
    if (expires.getTime() < Date.now()) throw refused(`The order for ${snapshotId} came too late.`);
    const file = this.#volumes.pathOf(volumeId);
    const own = await this.#guard.own(volumeId);
    const isMeant = attachments.some(
      (each) =>
        vm &&
        isOf(each, vm, device) &&
        each.file === file &&
        each.state === 'attached' &&
        ordersOf(own, { ...each, volumeId }).includes(request.attachOrderId),
    );
    if (!vm || !isMeant) {
      throw refused(`${volumeId} is not attached to ${request.instanceId} as it was.`);
    }
    const target = await this.#volumes.partOf(request);
    const failure = await this.#copier
      .start({ snapshotId, vm, device, target, maxPauseMs: request.maxPauseMilliseconds })
      .then(
        () => undefined,
        (error) => error,
      );
    if (failure instanceof PauseError) throw refused(tooLong(volumeId, failure));
    const copy = await this.#find(vm, snapshotId);
    if (copy && copy.device !== undefined) return copy;
    const fields = failure && errorFields(failure);
    this.#log.error('a copy was not begun', { ...request, ...fields });
    throw refused(`The hypervisor did not begin to copy ${volumeId}.`);
  }

  async #find(vm: VirtualMachine, snapshotId: string): Promise<DeviceCopy | undefined> {
    this.#asked.set(snapshotId, performance.now());
    return (await this.#copier.look(vm)).find((each) => each.snapshotId === snapshotId);
  }

  get #copier(): Copier {
    const { copier, name } = this.#hypervisor;
    if (copier) return copier;
    throw refused(`${name} cannot copy what a machine is writing.`);
  }
}

/** What is suggested is more than the estimate: a copy that takes longer has failed. */
function tooLong(volumeId: string, { neededMs, limitMs }: PauseError): string {
  const rounded = (ms: number) => Math.ceil(ms / 100) * 100;
  const enough = Math.min(rounded(2 * neededMs), limitMs);
  const remedy =
    neededMs < limitMs
      ? `allow that with maxPauseMilliseconds=${enough}`
      : `no machine of this host is for longer than ${limitMs} ms`;
  return `${volumeId} is attached for writing, and to copy it as it is at one moment its machine would be paused for about ${rounded(neededMs)} ms: ${remedy}; or detach it first, or have a torn copy with force=true.`;
}

function refused(sentence: string): ServiceFault {
  return new ServiceFault('IncorrectState', sentence);
}
