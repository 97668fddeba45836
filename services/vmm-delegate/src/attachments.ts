import { ServiceFault } from '@vbs-lustre/shared/faults';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import type {
  AttachMode,
  BlockAttachment,
  Hypervisor,
  VirtualMachine,
} from './hypervisors/driver.js';
import { Locks } from './locks.js';
import type { VolumeDirectory } from './volumeDirectory.js';

export interface AttachRequest {
  orderId: string;
  volumeId: string;
  instanceId: string;
  device: string;
  mode: AttachMode;
}

export type DetachRequest = Omit<AttachRequest, 'mode'>;

/** Orders are remembered at least as long as a signed message can be on its way. */
const MAX_REMEMBERED = 10_000;

/**
 * Attaching and detaching as every hypervisor needs it: look first, give the order, read the hypervisor's own list
 * back and believe that alone, clean up what a failed order left.
 */
export class Attachments {
  readonly #hypervisor: Hypervisor;
  readonly #volumes: VolumeDirectory;
  readonly #log: Log;
  readonly #locks = new Locks();
  readonly #withdrawn = new Set<string>();
  /** The order that each device was attached for, as far as this life of the delegate has seen. */
  readonly #holders = new Map<string, string>();

  constructor(hypervisor: Hypervisor, volumes: VolumeDirectory, log: Log) {
    this.#hypervisor = hypervisor;
    this.#volumes = volumes;
    this.#log = log;
  }

  /**
   * Attaches a volume; if it is attached just so already, that is fine.
   * @throws {ServiceFault} anything but `InternalError` and `Unavailable` says that it surely is not attached
   */
  attach(request: AttachRequest): Promise<BlockAttachment> {
    return this.#exclusively(request, () => this.#attach(request));
  }

  /**
   * Detaches a volume and has its attach order refused from now on. What is not attached is fine.
   * @throws {ServiceFault} `Unavailable` if the device is still there, `IncorrectState` if another order has attached it
   */
  detach(request: DetachRequest): Promise<void> {
    this.#withdraw(request.orderId);
    return this.#exclusively(request, () => this.#detach(request));
  }

  /** The volumes that the hypervisor says are attached, each with its order if this life of the delegate has seen it. */
  async list(): Promise<(BlockAttachment & { volumeId: string; orderId?: string })[]> {
    const all = await this.#hypervisor.listAttachments();
    return all.flatMap((each) => {
      const volumeId = this.#volumes.volumeOf(each.file);
      if (volumeId === undefined) return [];
      const orderId = this.#holders.get(keyOf(each.vm, each.device));
      return [{ ...each, volumeId, ...(orderId !== undefined && { orderId }) }];
    });
  }

  /** One order at a time for a volume, and for a VM; orders for others run beside it. */
  #exclusively<T>({ volumeId, instanceId }: DetachRequest, work: () => Promise<T>): Promise<T> {
    return this.#locks.hold(volumeId, () => this.#locks.hold(`vm ${instanceId}`, work));
  }

  async #attach(request: AttachRequest): Promise<BlockAttachment> {
    const { orderId, volumeId, device, mode } = request;
    if (this.#withdrawn.has(orderId)) {
      throw new ServiceFault('IncorrectState', `${orderId} was withdrawn.`);
    }
    const vm = await this.#findVm(request.instanceId);
    if (!vm) {
      throw new ServiceFault(
        'InvalidInstanceID.NotFound',
        `${request.instanceId} does not run on this host.`,
      );
    }
    const file = await this.#volumes.fileOf(volumeId);
    const before = await this.#hypervisor.listAttachments();
    const existing = before.find((each) => isOf(each, vm, device) && each.file === file);
    const key = keyOf(vm, device);
    if (!before.some((each) => isOf(each, vm, device))) this.#holders.delete(key);
    const isOurs = (this.#holders.get(key) ?? orderId) === orderId;
    if (existing?.state === 'attached' && existing.mode === mode && isOurs) return existing;
    refuseConflicts(before, { ...request, vm, file });
    const serial = volumeId.replace('-', '');
    const failure = await this.#hypervisor
      .attach({ vm, device, file, mode, serial })
      .then(() => undefined, errorFields);
    const after = await this.#find(vm, device);
    if (after?.file === file && after.mode === mode && after.state === 'attached') {
      this.#holders.set(key, orderId);
      forgetOldest(this.#holders);
      return after;
    }
    this.#log.error('an attach order failed', {
      ...request,
      ...failure,
      seen: after?.state ?? 'nothing',
    });
    await this.#cleanUp(vm, device, file);
    throw new ServiceFault(
      'IncorrectState',
      `The hypervisor did not attach ${volumeId} to ${vm.name}; check that the machine runs and ${device} is free.`,
    );
  }

  async #detach({ orderId, volumeId, instanceId, device }: DetachRequest): Promise<void> {
    const vm = await this.#findVm(instanceId);
    if (!vm) return;
    const key = keyOf(vm, device);
    const file = this.#volumes.pathOf(volumeId);
    const isOurs = (this.#holders.get(key) ?? orderId) === orderId;
    if (!isOurs && (await this.#find(vm, device))?.file === file) {
      // This order comes late, or a second time: the device was detached since, and attached again.
      throw new ServiceFault(
        'IncorrectState',
        `${volumeId} is attached to ${vm.name} by another order than ${orderId}.`,
      );
    }
    await this.#cleanUp(vm, device, file);
  }

  /** Takes the device away if it is this file's. @throws {ServiceFault} if it is still there then. */
  async #cleanUp(vm: VirtualMachine, device: string, file: string): Promise<void> {
    if ((await this.#find(vm, device))?.file !== file) return;
    const failure = await this.#hypervisor.detach(vm, device).then(() => undefined, errorFields);
    if ((await this.#find(vm, device))?.file !== file) return;
    this.#log.error('a device is still there', { vm: vm.name, device, ...failure });
    throw new ServiceFault(
      'Unavailable',
      `${vm.name} has not let go of ${device} yet; try again later.`,
    );
  }

  async #findVm(instanceId: string): Promise<VirtualMachine | undefined> {
    const vms = await this.#hypervisor.listVms();
    return vms.find((vm) => vm.name === instanceId || vm.uuid === instanceId.toLowerCase());
  }

  async #find(vm: VirtualMachine, device: string): Promise<BlockAttachment | undefined> {
    const all = await this.#hypervisor.listAttachments(vm);
    return all.find((each) => each.device === device);
  }

  #withdraw(orderId: string): void {
    this.#withdrawn.add(orderId);
    forgetOldest(this.#withdrawn);
  }
}

function forgetOldest(memory: Set<string> | Map<string, string>): void {
  const [oldest] = memory.keys();
  if (memory.size > MAX_REMEMBERED && oldest !== undefined) memory.delete(oldest);
}

/** The second line of defence: one writer or many readers among the VMs of this host, and one use of a device. */
function refuseConflicts(
  all: readonly BlockAttachment[],
  { vm, file, device, mode, volumeId }: AttachRequest & { vm: VirtualMachine; file: string },
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

/** By name and UUID: a machine of the same name may be another one, and machines may be started without a UUID. */
function keyOf({ name, uuid }: VirtualMachine, device: string): string {
  return `${name} ${uuid} ${device}`;
}

function isOf(attachment: BlockAttachment, vm: VirtualMachine, device: string): boolean {
  return attachment.vm.name === vm.name && attachment.device === device;
}
