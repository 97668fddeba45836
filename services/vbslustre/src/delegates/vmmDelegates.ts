import { TransportError, type VmmDelegateClient } from '@vbs-lustre/client';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import type { vmmDelegate } from '@vbs-lustre/wsdl';
import type { Attachment } from '../metadata/attachments.js';

/** `done`: read back from the hypervisor's own list. `unknown`: only another look can tell. */
export type Proof = 'done' | 'unknown';

const ORDER_VALID_MS = 90_000;

/** What a detach order names. */
export type Detachable = Omit<Attachment, 'mode' | 'status' | 'attachTime'>;

/** The VMM Delegates of the deployment, by the name of their host. */
export class VmmDelegates {
  readonly #clients: ReadonlyMap<string, VmmDelegateClient>;
  readonly #log: Log;
  readonly #orderValidMs: number;

  /** @param orderValidMs for how long an attach order may be carried out: less than the reconciler's patience */
  constructor(
    clients: ReadonlyMap<string, VmmDelegateClient>,
    log: Log,
    orderValidMs = ORDER_VALID_MS,
  ) {
    this.#clients = clients;
    this.#log = log;
    this.#orderValidMs = orderValidMs;
  }

  /** @throws {ServiceFault} `InvalidParameterValue` if there is no such host. */
  checkHost(host: string): void {
    if (this.#clients.has(host)) return;
    throw new ServiceFault(
      'InvalidParameterValue',
      `The parameter vmm is not a host of this deployment: ${host}.`,
    );
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
   * As `detach`, of a host that may be gone. `alive`: it answers, but the device is not known to be gone; `silent`: nothing
   * was heard of it.
   */
  async detachIfAlive(attachment: Attachment): Promise<'done' | 'alive' | 'silent'> {
    const { vmm } = attachment;
    const delegate = this.#clients.get(vmm);
    if (!delegate) return 'silent';
    try {
      await delegate.DetachVolume(detachOrder(attachment));
      return 'done';
    } catch (error) {
      this.#log.warn('a VMM Delegate did not detach', { vmm, ...errorFields(error) });
      return error instanceof TransportError ? 'silent' : 'alive';
    }
  }

  /** The names of the hosts of this deployment. */
  hosts(): string[] {
    return [...this.#clients.keys()];
  }

  /** What the hypervisor of a host shows as attached; undefined if it can't be asked. */
  async list(host: string): Promise<vmmDelegate.Attachment[] | undefined> {
    const delegate = this.#clients.get(host);
    if (!delegate) return undefined;
    try {
      const { attachmentSet } = await delegate.DescribeAttachments({});
      return attachmentSet.item;
    } catch (error) {
      this.#log.warn('a VMM Delegate cannot be asked', { vmm: host, ...errorFields(error) });
      return undefined;
    }
  }

  async #ask(
    host: string,
    order: (delegate: VmmDelegateClient) => Promise<unknown>,
  ): Promise<Proof> {
    const delegate = this.#clients.get(host);
    if (!delegate) return 'unknown';
    try {
      await order(delegate);
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
      throw new ServiceFault(
        'Unavailable',
        `The host ${host} cannot be reached now; try again later.`,
      );
    }
  }
}

function detachOrder(attachment: Detachable): vmmDelegate.DetachVolume {
  const { orderId, vmm, volumeId, instanceId, device } = attachment;
  return { orderId, vmm, volumeId, instanceId, device };
}

/** Whether what a hypervisor shows is of this machine, which goes by its name or its UUID. */
export function isInstance(seen: vmmDelegate.Attachment, instanceId: string): boolean {
  return seen.instanceId === instanceId || seen.instanceUuid === instanceId.toLowerCase();
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
