import { TransportError, type VmmDelegateClient } from '@vbs-lustre/client';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import type { vmmDelegate } from '@vbs-lustre/wsdl';
import type { Attachment } from '../metadata/attachments.js';
import { type Connect, DelegateClients } from './clients.js';
import type { Roster } from './roster.js';

/** `done`: read back from the hypervisor's own list. `unknown`: only another look can tell. */
export type Proof = 'done' | 'unknown';

/** The VMM Delegates that have announced themselves, by the name of their host. */
export class VmmDelegates {
  readonly roster: Roster;
  readonly #clients: DelegateClients<VmmDelegateClient>;
  readonly #log: Log;

  constructor(roster: Roster, connect: Connect<VmmDelegateClient>, log: Log) {
    this.roster = roster;
    this.#clients = new DelegateClients(connect);
    this.#log = log;
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
    if (host.draining) {
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
    const { orderId, volumeId, instanceId, device, mode } = attachment;
    return this.#ask(attachment.vmm, (delegate) =>
      delegate.AttachVolume({ orderId, volumeId, instanceId, device, attachMode: mode }),
    );
  }

  /**
   * Has the volume detached, and the attach order refused should it still arrive.
   * @throws {ServiceFault} if it surely is still attached.
   */
  async detach(attachment: Attachment): Promise<Proof> {
    const { orderId, volumeId, instanceId, device } = attachment;
    return this.#ask(attachment.vmm, (delegate) =>
      delegate.DetachVolume({ orderId, volumeId, instanceId, device }),
    );
  }

  /** Whether the hypervisor has the volume attached as the record says. */
  async isAttached(attachment: Attachment): Promise<boolean | 'unknown'> {
    const host = await this.roster.find(attachment.vmm);
    if (!host?.isAlive) return 'unknown';
    try {
      const delegate = await this.#clients.of(host);
      const { attachmentSet } = await delegate.DescribeAttachments({});
      return attachmentSet.item.some(
        (each) =>
          each.volumeId === attachment.volumeId &&
          isInstance(each, attachment.instanceId) &&
          each.device === attachment.device &&
          each.attachMode === attachment.mode &&
          each.state === 'attached',
      );
    } catch (error) {
      this.#log.warn('a VMM Delegate cannot be asked', {
        vmm: attachment.vmm,
        ...errorFields(error),
      });
      return 'unknown';
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

/** A machine goes by its name or its UUID. */
function isInstance(seen: vmmDelegate.Attachment, instanceId: string): boolean {
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
