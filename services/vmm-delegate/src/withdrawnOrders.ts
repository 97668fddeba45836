import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { AttachRequest } from './attachments.js';
import type { BlockAttachment } from './hypervisors/driver.js';

/** Orders are remembered at least as long as a signed message can be on its way. */
const MAX_REMEMBERED = 10_000;

/** The attach orders that are not to be carried out any more, should they still arrive. */
export class WithdrawnOrders {
  readonly #orderIds = new Set<string>();

  add(orderId: string): void {
    this.#orderIds.add(orderId);
    const [oldest] = this.#orderIds;
    if (this.#orderIds.size > MAX_REMEMBERED) this.#orderIds.delete(oldest as string);
  }

  /** @throws {ServiceFault} `IncorrectState` for an order that is not to be carried out any more */
  refuseLate({ orderId, expires }: AttachRequest): void {
    if (this.#orderIds.has(orderId)) {
      throw new ServiceFault('IncorrectState', `${orderId} was withdrawn.`);
    }
    if (expires.getTime() < Date.now()) {
      throw new ServiceFault(
        'IncorrectState',
        `${orderId} came too late; attach the volume again.`,
      );
    }
  }

  /** @throws {ServiceFault} `Unavailable` if the order that has made this attachment was withdrawn */
  unlessWithdrawn({ orderId }: AttachRequest, existing: BlockAttachment): BlockAttachment {
    if (!this.#orderIds.has(orderId)) return existing;
    throw new ServiceFault('Unavailable', `${orderId} was withdrawn and is not detached yet.`);
  }
}
