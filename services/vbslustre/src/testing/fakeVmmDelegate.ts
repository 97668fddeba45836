import type { VmmDelegateClient } from '@vbs-lustre/client';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { vmmDelegate } from '@vbs-lustre/wsdl';

export const FAKE_UUID = 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee';

/** A VMM Delegate that has a list instead of a hypervisor; it obeys, and refuses what was withdrawn. */
export class FakeVmmDelegate {
  readonly received: string[] = [];
  readonly orders: (
    | vmmDelegate.AttachVolume
    | vmmDelegate.DetachVolume
    | vmmDelegate.ResizeVolume
  )[] = [];
  /** What the hypervisor's own list shows. */
  list: vmmDelegate.Attachment[] = [];
  /** What an order is answered with, instead of being carried out. */
  refusal: Error | undefined;
  /** What comes back instead of the answer to an order that was carried out. */
  lostAnswer: Error | undefined;
  /** Thrown when the list is asked for. */
  blind: Error | undefined;
  /** What its hypervisor copies, or has copied; the test says how far it is. */
  readonly copies = new Map<string, { state: string; bytesDone: number; message?: string }>();
  readonly copyOrders: vmmDelegate.StartCopy[] = [];
  /** Runs while an order waits for its answer. */
  meanwhile: ((operation: string) => Promise<void>) | undefined;
  readonly #withdrawn = new Set<string>();

  readonly client = {
    AttachVolume: (request) => this.#obey('AttachVolume', request, () => this.#attach(request)),
    DetachVolume: (request) => this.#obey('DetachVolume', request, () => this.#detach(request)),
    ResizeVolume: (request) => this.#obey('ResizeVolume', request, () => this.#resize(request)),
    StartCopy: async (request) => {
      this.copyOrders.push(request);
      if (this.refusal) throw this.refusal;
      this.copies.set(request.snapshotId, { state: 'running', bytesDone: 0 });
      if (this.lostAnswer) throw this.lostAnswer;
      return this.#copy(request);
    },
    DescribeCopy: async (request) => this.#copy(request),
    EndCopy: async (request) => {
      this.copies.delete(request.snapshotId);
      return this.#copy(request);
    },
    DescribeAttachments: async () => {
      if (this.blind) throw this.blind;
      return { requestId: 'req-1', attachmentSet: { item: [...this.list] } };
    },
  } as Pick<
    VmmDelegateClient,
    | 'AttachVolume'
    | 'DetachVolume'
    | 'ResizeVolume'
    | 'DescribeAttachments'
    | 'StartCopy'
    | 'DescribeCopy'
    | 'EndCopy'
  > as VmmDelegateClient;

  #copy({ snapshotId }: { snapshotId: string }): vmmDelegate.CopyResponse {
    if (this.blind) throw this.blind;
    const copy = this.copies.get(snapshotId) ?? { state: 'none', bytesDone: 0 };
    return { requestId: 'req-1', snapshotId, ...copy };
  }

  async #obey<T>(
    operation: string,
    request: (typeof this.orders)[number],
    work: () => T,
  ): Promise<T> {
    this.received.push(operation);
    this.orders.push(request);
    await this.meanwhile?.(operation);
    if (this.refusal) throw this.refusal;
    const answer = work();
    if (this.lostAnswer) throw this.lostAnswer;
    return answer;
  }

  #attach(request: vmmDelegate.AttachVolume): vmmDelegate.AttachVolumeResponse {
    if (this.#withdrawn.has(request.orderId)) {
      throw new ServiceFault('IncorrectState', `${request.orderId} was withdrawn.`);
    }
    const { orderId, expires: _, vmm: _vmm, ...place } = request;
    const attachment = { ...place, instanceUuid: FAKE_UUID, state: 'attached' };
    this.list.push({ ...attachment, orderId });
    return { requestId: 'req-1', orderId, ...attachment };
  }

  #resize({ orderId, volumeId }: vmmDelegate.ResizeVolume) {
    if (this.list.some((each) => each.volumeId === volumeId && each.orderId === orderId)) {
      return { requestId: 'req-1', orderId };
    }
    throw new ServiceFault('IncorrectState', `${orderId} has nothing attached.`);
  }

  #detach({ orderId, volumeId, instanceId }: vmmDelegate.DetachVolume) {
    this.#withdrawn.add(orderId);
    this.list = this.list.filter(
      (each) => each.volumeId !== volumeId || each.instanceId !== instanceId,
    );
    return { requestId: 'req-1', orderId };
  }
}
