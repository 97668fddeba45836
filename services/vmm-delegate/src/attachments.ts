import { type Claim, UNKNOWN_ORDER } from '@vbs-lustre/shared/claims';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import { Locks } from '@vbs-lustre/shared/locks';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { attachAdvice } from './attachAdvice.js';
import { attachedVolumes } from './attachedVolumes.js';
import { exclusively } from './exclusively.js';
import { findVm } from './findVm.js';
import { FlawLog } from './flawLog.js';
import { isOf, refuseConflicts } from './guard/conflicts.js';
import { type AttachedVolume, compare, type Guard, isUnknown, ordersOf } from './guard/guard.js';
import type {
  AttachMode,
  BlockAttachment,
  Hypervisor,
  VirtualMachine,
} from './hypervisors/driver.js';
import { findDevice, removeDevice } from './removeDevice.js';
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

/** What there is after an attach order that has failed. */
interface Remains {
  left: BlockAttachment | undefined;
  failure?: Error | undefined;
  /** Whether it is taken also from a guest that does not let it go. */
  force?: boolean;
}

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
  readonly #flaws: FlawLog;

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
    this.#flaws = new FlawLog(log);
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
    const attached = await this.#attached();
    this.#flaws.tell(attached);
    const { unclaimed, contradicted } = compare(own, attached);
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
      if (orders.includes(orderId)) {
        if (existing.flaw !== undefined)
          return this.#giveUp(request, claim, vm, { left: existing });
        return this.#withdrawn.unlessWithdrawn(request, existing);
      }
      if (isUnknown(orders) && existing.flaw === undefined) {
        this.#withdrawn.refuseLate(request);
        await this.#guard.take(claim);
        return existing;
      }
    }
    this.#withdrawn.refuseLate(request);
    refuseConflicts(before, { ...request, vm, file });
    await this.#guard.take(claim);
    const serial = volumeId.replace('-', '');
    const mayBegin = () => this.#withdrawn.refuseLate(request);
    const failure = await this.#hypervisor
      .attach({ vm, device, file, mode, serial, mayBegin })
      .then(
        () => undefined,
        (error: Error) => error,
      );
    const after = await findDevice(this.#hypervisor, vm, device);
    const isFlawed = after?.flaw !== undefined;
    const isRight = after?.file === file && after.mode === mode && !isFlawed;
    if (isRight && after.state === 'attached') return after;
    // The guest has just got it: nothing is lost with it.
    return this.#giveUp(request, claim, vm, { left: after, failure, force: isFlawed });
  }

  /** Takes away what an attach order has left. @throws {ServiceFault} in any case */
  async #giveUp(
    request: AttachRequest,
    claim: Claim,
    vm: VirtualMachine,
    { left, failure, force = false }: Remains,
  ): Promise<never> {
    const seen = left ? (left.flaw ?? left.state) : 'nothing';
    const fields = failure && errorFields(failure);
    this.#log.error('an attach order failed', { ...request, ...fields, seen });
    if (left?.file === this.#volumes.pathOf(request.volumeId)) {
      await removeDevice(this.#hypervisor, left, force, this.#log);
    }
    await this.#guard.release([claim]);
    throw new ServiceFault('IncorrectState', attachAdvice(failure, request, vm.name, left));
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
      await removeDevice(this.#hypervisor, existing, force, this.#log);
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

  #attached(): Promise<AttachedVolume[]> {
    return attachedVolumes(this.#hypervisor, this.#volumes);
  }
}
