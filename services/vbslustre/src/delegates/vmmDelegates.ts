import { TransportError, type VmmDelegateClient } from '@vbs-lustre/client';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import type { vmmDelegate } from '@vbs-lustre/wsdl';
import type { Attachment } from '../metadata/attachments.js';
import { type Connect, DelegateClients } from './clients.js';
import type { Roster } from './roster.js';

/** `done`: read back from the hypervisor's own list. `unknown`: only another look can tell. */
export type Proof = 'done' | 'unknown';

const ORDER_VALID_MS = 50_000;

/** What begins a copy of what a machine writes. */
export type CopyOrder = Omit<vmmDelegate.StartCopy, 'expires'> & { begun: Date };

/** Where a copy is. */
export type CopyPlace = Pick<vmmDelegate.DescribeCopy, 'snapshotId' | 'vmm' | 'instanceId'>;

/** What a detach order names. */
export type Detachable = Omit<Attachment, 'mode' | 'status' | 'attachTime'>;

/** The VMM Delegates that have announced themselves, by the name of their host. */
export class VmmDelegates {
  readonly roster: Roster;
  readonly #clients: DelegateClients<VmmDelegateClient>;
  readonly #log: Log;
  readonly #orderValidMs: number;

  /** @param orderValidMs for how long an attach order may be carried out: less than the reconciler's patience */
  constructor(
    roster: Roster,
    connect: Connect<VmmDelegateClient>,
    log: Log,
    orderValidMs = ORDER_VALID_MS,
  ) {
    this.roster = roster;
    this.#clients = new DelegateClients(connect);
    this.#log = log;
    this.#orderValidMs = orderValidMs;
  }

  /**
   * Whether volumes can be attached on a host now.
   * @throws {ServiceFault} `InvalidParameterValue` if there is no such host, `Unavailable` if it takes nothing now
   */
  async checkHost(name: string): Promise<void> {
    const host = await this.roster.find(name);
    if (!host) {
      throw new ServiceFault(
        'InvalidParameterValue',
        `The parameter vmm is not a host of this deployment: ${name}.`,
      );
    }
    if (!host.isAlive) {
      throw new ServiceFault(
        'Unavailable',
        `The host ${name} has not been heard of for a while; try again when its VMM Delegate runs, or choose another host.`,
      );
    }
    if (host.draining || host.drained) {
      throw new ServiceFault(
        'Unavailable',
        `The host ${name} is being taken out of service; choose another host.`,
      );
    }
  }

  /**
   * Has the volume attached.
   * @throws {ServiceFault} if it surely is not attached, and why.
   */
  async attach(attachment: Attachment): Promise<Proof> {
    const { orderId, volumeId, instanceId, vmm, device, mode } = attachment;
    // Counted from the record on: an instance that was held up after it wrote that gives an order that is refused.
    const expires = new Date(attachment.attachTime.getTime() + this.#orderValidMs);
    const order = { orderId, expires, vmm, volumeId, instanceId, device, attachMode: mode };
    return this.#ask(vmm, (delegate) => delegate.AttachVolume(order));
  }

  /**
   * Has the volume detached, and the attach order refused should it still arrive.
   * @throws {ServiceFault} if it surely is still attached.
   */
  async detach(attachment: Detachable): Promise<Proof> {
    return this.#ask(attachment.vmm, (delegate) => delegate.DetachVolume(detachOrder(attachment)));
  }

  /**
   * Whether the machines of a host can be told now that a disk has become larger.
   * @throws {ServiceFault} `IncorrectState`, or `Unavailable` if the host takes nothing now
   */
  async checkResizes(name: string): Promise<void> {
    const host = await this.roster.find(name);
    if (host && !host.isAlive) throw notReached(name);
    if (host?.resizes) return;
    throw new ServiceFault(
      'IncorrectState',
      `The hypervisor of ${name} cannot tell a machine that a disk has become larger; detach the volume first.`,
    );
  }

  /**
   * Has the machine see that the volume has become larger.
   * @throws {ServiceFault} if it surely does not
   */
  async resize(attachment: Attachment, sizeBytes: number): Promise<Proof> {
    const order = { ...detachOrder(attachment), sizeBytes };
    return this.#ask(attachment.vmm, (delegate) => delegate.ResizeVolume(order));
  }

  /**
   * As `detach`, also from a machine that does not let go, and of a host that may be gone. `alive`: it answers, but the device
   * is not known to be gone; `silent`: nothing was heard of it.
   */
  async detachByForce(attachment: Attachment): Promise<'done' | 'alive' | 'silent'> {
    const { vmm } = attachment;
    const host = await this.roster.find(vmm);
    if (!host) return 'silent';
    try {
      // Asked also if it was not heard of: it may hear us.
      const delegate = await this.#clients.of(host);
      await delegate.DetachVolume({ ...detachOrder(attachment), force: true });
      return 'done';
    } catch (error) {
      this.#log.warn('a VMM Delegate did not detach', { vmm, ...errorFields(error) });
      return error instanceof TransportError ? 'silent' : 'alive';
    }
  }

  /**
   * Has a copy begun.
   * @throws {ServiceFault} if it surely was not begun, and why
   */
  async startCopy({ begun, ...order }: CopyOrder): Promise<Proof> {
    // Counted from the record on, as of an attachment.
    const expires = new Date(begun.getTime() + this.#orderValidMs);
    return this.#ask(order.vmm, (delegate) => delegate.StartCopy({ ...order, expires }));
  }

  /** How far a copy is; undefined if its host can't be asked. */
  async describeCopy(place: CopyPlace): Promise<vmmDelegate.CopyResponse | undefined> {
    return this.#tell(place, (delegate) => delegate.DescribeCopy(place));
  }

  /** Has a copy ended and forgotten. @returns undefined if its host can't be asked */
  async endCopy(place: CopyPlace): Promise<vmmDelegate.CopyResponse | undefined> {
    return this.#tell(place, (delegate) => delegate.EndCopy(place));
  }

  /** The names of the hosts of this deployment. */
  hosts(): Promise<string[]> {
    return this.roster.names();
  }

  /** What the hypervisor of a host shows as attached; undefined if it can't be asked. */
  async list(name: string): Promise<vmmDelegate.Attachment[] | undefined> {
    const host = await this.roster.find(name);
    if (!host?.isAlive) return undefined;
    try {
      const delegate = await this.#clients.of(host);
      const { attachmentSet } = await delegate.DescribeAttachments({});
      return attachmentSet.item;
    } catch (error) {
      this.#log.warn('a VMM Delegate cannot be asked', { vmm: name, ...errorFields(error) });
      return undefined;
    }
  }

  async #tell<T>(
    { vmm, snapshotId }: CopyPlace,
    ask: (delegate: VmmDelegateClient) => Promise<T>,
  ): Promise<T | undefined> {
    const host = await this.roster.find(vmm);
    if (!host?.isAlive) return undefined;
    try {
      return await ask(await this.#clients.of(host));
    } catch (error) {
      const fields = { vmm, snapshotId, ...errorFields(error) };
      this.#log.warn('a VMM Delegate cannot be asked for a copy', fields);
      return undefined;
    }
  }

  async #ask(
    host: string,
    order: (delegate: VmmDelegateClient) => Promise<unknown>,
  ): Promise<Proof> {
    const known = await this.roster.find(host);
    if (!known) return 'unknown';
    // Nothing is sent to one that is not heard of: it would be waited for in vain.
    if (!known.isAlive) throw notReached(host);
    try {
      await order(await this.#clients.of(known));
      return 'done';
    } catch (error) {
      if (error instanceof ServiceFault && PROVEN.has(error.code)) throw error;
      this.#log.warn('a VMM Delegate did not carry out an order', {
        vmm: host,
        ...errorFields(error),
      });
      const notReceived =
        (error instanceof TransportError && error.delivered === 'no') ||
        (error instanceof ServiceFault && NOT_TAKEN.has(error.code));
      if (!notReceived) return 'unknown';
      throw notReached(host);
    }
  }
}

function notReached(host: string): ServiceFault {
  return new ServiceFault(
    'Unavailable',
    `The host ${host} cannot be reached now; try again later.`,
  );
}

function detachOrder(attachment: Detachable): vmmDelegate.DetachVolume {
  const { orderId, vmm, volumeId, instanceId, device } = attachment;
  return { orderId, vmm, volumeId, instanceId, device };
}

/** Whether what a hypervisor shows is of this machine, which goes by its name, its UUID or its hypervisor's number for it. */
export function isInstance(seen: vmmDelegate.Attachment, instanceId: string): boolean {
  return (
    seen.instanceId === instanceId ||
    seen.instanceUuid === instanceId.toLowerCase() ||
    seen.instanceNumber === instanceId
  );
}

/** Refusals that the delegate gives only after it has read the hypervisor's list. */
const PROVEN = new Set([
  'IncorrectState',
  'InvalidInstanceID.NotFound',
  'InvalidParameterValue',
  'InvalidVolume.NotFound',
  'VolumeInUse',
]);
const NOT_TAKEN = new Set(['AuthFailure', 'RequestLimitExceeded']);
