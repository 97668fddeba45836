import { TransportError, type VmmDelegateClient } from '@vbs-lustre/client';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import type { vmmDelegate } from '@vbs-lustre/wsdl';
import type { Attachment } from '../metadata/attachments.js';

/** `done`: read back from the hypervisor's own list. `unknown`: only another look can tell. */
export type Proof = 'done' | 'unknown';

/** The VMM Delegates of the deployment, by the name of their host. */
export class VmmDelegates {
  readonly #clients: ReadonlyMap<string, VmmDelegateClient>;
  readonly #log: Log;

  constructor(clients: ReadonlyMap<string, VmmDelegateClient>, log: Log) {
    this.#clients = clients;
    this.#log = log;
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
    const { orderId, volumeId, instanceId, device, mode } = attachment;
    return this.#ask(attachment.vmm, (delegate) =>
      delegate.AttachVolume({ orderId, volumeId, instanceId, device, attachMode: mode }),
    );
  }

  /**
   * Has the volume detached, and the attach order refused should it still arrive.
   * @throws {ServiceFault} if it surely is still attached.
   */
  async detach(attachment: Omit<Attachment, 'mode' | 'status' | 'attachTime'>): Promise<Proof> {
    const { orderId, volumeId, instanceId, device } = attachment;
    return this.#ask(attachment.vmm, (delegate) =>
      delegate.DetachVolume({ orderId, volumeId, instanceId, device }),
    );
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
