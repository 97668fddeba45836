import { type Claim, UNKNOWN_ORDER } from '@vbs-lustre/shared/claims';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import { Locks } from '@vbs-lustre/shared/locks';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { exclusively } from './exclusively.js';
import { findVm } from './findVm.js';
import { isOf, refuseConflicts } from './guard/conflicts.js';
import { type AttachedVolume, compare, type Guard, isUnknown, ordersOf } from './guard/guard.js';
import {
  type AttachMode,
  type BlockAttachment,
  type Hypervisor,
  PausedError,
  type VirtualMachine,
} from './hypervisors/driver.js';
import { type ResizeRequest, resize } from './resize.js';
import type { VolumeDirectory } from './volumeDirectory.js';
import { WithdrawnOrders } from './withdrawnOrders.js';

export interface AttachRequest {
  orderId: string;
  volumeId: string;
  instanceId: string;
  device: string;
  mode: AttachMode;
  /** An order that comes later is refused, also by a delegate that knows nothing of its withdrawal. */
  expires: Date;
}

export type DetachRequest = Omit<AttachRequest, 'mode' | 'expires'> & {
  /** Also from a guest that does not let the device go. */
  force?: boolean;
};

export type KnownAttachment = AttachedVolume & {
  /** The attach order, as far as it is known. */
  orderId: string | undefined;
};

/**
 * Attaching and detaching as every hypervisor needs it: look first, give the order, read the hypervisor's own list
 * back and believe that alone, clean up what a failed order left.
 */
export class Attachments {
  readonly #hypervisor: Hypervisor;
  readonly #volumes: VolumeDirectory;
  readonly #guard: Guard;
  readonly #log: Log;
  readonly #locks: Locks;
  readonly #withdrawn = new WithdrawnOrders();

  /** @param locks of volumes and of machines */
  constructor(
    hypervisor: Hypervisor,
    volumes: VolumeDirectory,
    guard: Guard,
    log: Log,
    locks = new Locks(),
  ) {
    this.#locks = locks;
    this.#hypervisor = hypervisor;
    this.#volumes = volumes;
    this.#guard = guard;
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
    this.#withdrawn.add(request.orderId);
    return this.#exclusively(request, () => this.#detach(request));
  }

  /** Has a machine see that a volume has become larger. @throws {ServiceFault} `IncorrectState` if it can't */
  resize(request: ResizeRequest): Promise<void> {
    const [hypervisor, volumes, guard] = [this.#hypervisor, this.#volumes, this.#guard];
    return this.#exclusively(request, () =>
      resize({ hypervisor, volumes, guard }, request, this.#log),
    );
  }

  /** The volumes that the hypervisor says are attached. */
  async list(): Promise<KnownAttachment[]> {
    const attached = await this.#attached();
    // The hypervisor's word counts, also while the file system can't be looked at.
    const claims = await this.#guard.own().catch((error): Claim[] => {
      this.#log.warn('the claims of this host cannot be read', errorFields(error));
      return [];
    });
    return attached.map((each) => {
      const orders = ordersOf(claims, each).filter((orderId) => orderId !== UNKNOWN_ORDER);
      return { ...each, orderId: orders.length === 1 ? orders[0] : undefined };
    });
  }

  /**
   * Brings the claims of this host in line with what is attached on it: after a crash, after a reboot of the host, or when
   * a machine has ended by itself.
   */
  async settleClaims(): Promise<void> {
    // The claims first: one that is made after this look has its attachment in the list, or is in nobody's way.
    const own = await this.#guard.own();
    const { unclaimed, contradicted } = compare(own, await this.#attached());
    const volumes = new Set([...unclaimed, ...contradicted].map(({ volumeId }) => volumeId));
    for (const volumeId of volumes) {
      // What is looked at under the lock is what counts: an order may have been at work.
      await this.#locks.hold(volumeId, () => this.#settle(volumeId));
    }
  }

  /** One order at a time for a volume, and for a VM; orders for others run beside it. */
  #exclusively<T>({ volumeId, instanceId }: DetachRequest, work: () => Promise<T>): Promise<T> {
    return exclusively(this.#locks, { volumeId, instanceId }, work);
  }

  async #attach(request: AttachRequest): Promise<BlockAttachment> {
    const { orderId, volumeId, device, mode } = request;
    const [{ vms, attachments: before }, file] = await Promise.all([
      this.#hypervisor.look(),
      this.#volumes.fileOf(volumeId),
    ]);
    const vm = findVm(vms, request.instanceId);
    if (!vm) {
      throw new ServiceFault(
        'InvalidInstanceID.NotFound',
        `${request.instanceId} does not run on this host.`,
      );
    }
    const existing = before.find((each) => isOf(each, vm, device) && each.file === file);
    const claim = { volumeId, mode, host: this.#guard.host, orderId, device, uuid: vm.uuid };
    if (existing?.state === 'attached' && existing.mode === mode) {
      const orders = ordersOf(await this.#guard.own(volumeId), { ...existing, volumeId });
      if (orders.includes(orderId)) return this.#withdrawn.unlessWithdrawn(request, existing);
      if (isUnknown(orders)) {
        this.#withdrawn.refuseLate(request);
        await this.#guard.take(claim);
        return existing;
      }
    }
    this.#withdrawn.refuseLate(request);
    refuseConflicts(before, { ...request, vm, file });
    await this.#guard.take(claim);
    const serial = volumeId.replace('-', '');
    const failure = await this.#hypervisor
      .attach({ vm, device, file, mode, serial })
      .then(() => undefined, caught);
    const after = await this.#find(vm, device);
    if (after?.file === file && after.mode === mode && after.state === 'attached') return after;
    this.#log.error('an attach order failed', {
      ...request,
      ...(failure && errorFields(failure)),
      seen: after?.state ?? 'nothing',
    });
    if (after?.file === file) await this.#remove(after, false);
    await this.#guard.release([claim]);
    throw new ServiceFault(
      'IncorrectState',
      failure instanceof PausedError
        ? `${vm.name} is paused for a snapshot; attach ${volumeId} when that is made.`
        : `The hypervisor did not attach ${volumeId} to ${vm.name}; check that the machine runs and ${device} is free.`,
    );
  }

  async #detach(request: DetachRequest): Promise<void> {
    const { orderId, volumeId, instanceId, device, force = false } = request;
    const [own, { vms, attachments }] = await Promise.all([
      this.#guard.own(volumeId),
      this.#hypervisor.look(),
    ]);
    const vm = findVm(vms, instanceId);
    if (!vm) {
      // A machine that is gone has let go of all it had.
      const isGone = ({ uuid }: Claim): boolean => !vms.some((each) => each.uuid === uuid);
      return this.#guard.release(own.filter((each) => each.orderId === orderId && isGone(each)));
    }
    const file = this.#volumes.pathOf(volumeId);
    const existing = attachments.find((each) => isOf(each, vm, device));
    if (existing?.file === file) {
      const orders = ordersOf(own, { ...existing, volumeId });
      if (!orders.includes(orderId) && !isUnknown(orders)) {
        // This order comes late, or a second time: the device was detached since, and attached again.
        throw new ServiceFault(
          'IncorrectState',
          `${volumeId} is attached to ${vm.name} by another order than ${orderId}.`,
        );
      }
      await this.#remove(existing, force);
    }
    const isEnded = (each: Claim): boolean =>
      each.uuid === vm.uuid &&
      each.device === device &&
      (each.orderId === orderId || each.orderId === UNKNOWN_ORDER);
    await this.#guard.release(own.filter(isEnded));
  }

  /** Takes back the claims that the hypervisor's list contradicts, under the volume's lock. */
  async #settle(volumeId: string): Promise<void> {
    const attached = await this.#attached();
    await this.#guard.settle(
      volumeId,
      attached.filter((each) => each.volumeId === volumeId),
    );
  }

  async #attached(): Promise<AttachedVolume[]> {
    const { attachments } = await this.#hypervisor.look();
    return attachments.flatMap((each) => {
      const volumeId = this.#volumes.volumeOf(each.file);
      return volumeId === undefined ? [] : [{ ...each, volumeId }];
    });
  }

  /** Takes a device away. @throws {ServiceFault} `Unavailable` if it is still there then */
  async #remove({ vm, device, file }: BlockAttachment, force: boolean): Promise<void> {
    const failure = await this.#hypervisor
      .detach(vm, device, { force })
      .then(() => undefined, caught);
    if ((await this.#find(vm, device))?.file !== file) return;
    const fields = failure && errorFields(failure);
    this.#log.error('a device is still there', { vm: vm.name, device, force, ...fields });
    throw new ServiceFault(
      'Unavailable',
      failure instanceof PausedError
        ? `${vm.name} is paused for a snapshot of another volume and cannot let go of ${device}; repeat this when that is made.`
        : `${vm.name} has not let go of ${device} yet; try again later.`,
    );
  }

  async #find(vm: VirtualMachine, device: string): Promise<BlockAttachment | undefined> {
    const { attachments } = await this.#hypervisor.look(vm);
    return attachments.find((each) => each.device === device);
  }
}

function caught(error: Error): Error {
  return error;
}
