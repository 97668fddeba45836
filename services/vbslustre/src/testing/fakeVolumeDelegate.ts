import type { VolumeDelegateClient } from '@vbs-lustre/client';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { volumeDelegate } from '@vbs-lustre/wsdl';

export interface ReceivedOrder {
  operation:
    | 'CreateVolumeFile'
    | 'ExtendVolumeFile'
    | 'CreateSnapshotFile'
    | 'PrepareSnapshotFile'
    | 'ChecksumSnapshotFile'
    | 'ExportFile'
    | 'DeleteFile';
  orderId: string;
  request: object;
}

/** A Volume Delegate that has a memory and a list instead of files: an order that it has taken is `pending` until the test ends it. */
export class FakeVolumeDelegate {
  /** Every order that arrived, also those that arrived twice. */
  readonly received: ReceivedOrder[] = [];
  /** Ranges that it was asked for. */
  readonly ranges: volumeDelegate.CopyRange[] = [];
  readonly released: volumeDelegate.ReleaseClaims[] = [];
  /** Runs before claims are released. */
  onRelease: (() => Promise<void>) | undefined;
  readonly jobs = new Map<string, { state: string; message?: string; sha256?: string }>();
  /** What an order that arrives now is answered with, instead of being taken. */
  refusal: Error | undefined;
  /** What comes back instead of the answer to an order that was taken. */
  lostAnswer: Error | undefined;
  /** How a new order ends before it is answered. */
  quickEnd: { state: string; message?: string; sha256?: string } | undefined;
  /** What it says lies in the volume directory. */
  files: volumeDelegate.File[] = [];
  /** The sizes of files in exchange folders, by owner and name; undefined if the site has no such folders. */
  exchange: Map<string, number> | undefined = new Map();
  /** Files in one answer. */
  page = 2;
  /** Thrown when the files are asked for. */
  blind: Error | undefined;
  /** Thrown when a file is to be moved. */
  unmoved: Error | undefined;
  readonly aside: volumeDelegate.SetFileAside[] = [];
  /** Snapshots whose files are prepared, and not dropped. */
  readonly prepared = new Set<string>();
  /** Runs while an order waits for its answer. */
  meanwhile: ((order: ReceivedOrder) => Promise<void>) | undefined;

  readonly client = {
    CreateVolumeFile: (request) => this.#take('CreateVolumeFile', request),
    ExtendVolumeFile: (request) => this.#take('ExtendVolumeFile', request),
    CreateSnapshotFile: (request) => this.#take('CreateSnapshotFile', request),
    PrepareSnapshotFile: async (request) => {
      this.received.push({ operation: 'PrepareSnapshotFile', orderId: request.orderId, request });
      if (this.refusal) throw this.refusal;
      this.prepared.add(request.snapshotId);
      if (this.lostAnswer) throw this.lostAnswer;
      return { requestId: 'req-1', orderId: request.orderId, state: 'prepared' };
    },
    DropSnapshotFile: async ({ orderId, snapshotId }) => {
      if (this.refusal) throw this.refusal;
      this.prepared.delete(snapshotId);
      return { requestId: 'req-1', orderId, state: 'dropped' };
    },
    DeleteFile: (request) => this.#take('DeleteFile', request),
    ChecksumSnapshotFile: (request) => this.#take('ChecksumSnapshotFile', request),
    ExportFile: (request) => this.#take('ExportFile', request),
    DescribeExchangeFile: async (request) => this.#lookAt(request),
    DescribeFiles: async (request) => this.#describe(request),
    SetFileAside: async (request) => {
      this.aside.push(request);
      if (this.unmoved) throw this.unmoved;
      this.files = this.files.filter(({ name }) => name !== request.name);
      return { requestId: 'req-1', orderId: request.orderId };
    },
    CopyRange: async (request) => {
      if (this.refusal) throw this.refusal;
      this.ranges.push(request);
      const state = request.worker === undefined ? 'ready' : 'pending';
      return { requestId: 'req-1', worker: 'worker', state };
    },
    ReleaseClaims: async (request) => {
      if (this.refusal) throw this.refusal;
      await this.onRelease?.();
      this.released.push(request);
      return { requestId: 'req-1', released: 1 };
    },
  } as Pick<
    VolumeDelegateClient,
    | ReceivedOrder['operation']
    | 'DescribeExchangeFile'
    | 'DropSnapshotFile'
    | 'DescribeFiles'
    | 'SetFileAside'
    | 'ReleaseClaims'
    | 'CopyRange'
  > as VolumeDelegateClient;

  /** The orders that were taken, each once. */
  get taken(): string[] {
    return [...this.jobs.keys()];
  }

  #lookAt({ owner, fileName, purpose }: volumeDelegate.DescribeExchangeFile) {
    if (this.blind) throw this.blind;
    if (!this.exchange) throw new ServiceFault('UnsupportedOperation', 'There is no exchange.');
    const sizeBytes = this.exchange.get(`${owner} ${fileName}`);
    if ((sizeBytes === undefined) === (purpose === 'import')) {
      throw new ServiceFault('InvalidParameterValue', `${fileName}: ${sizeBytes ?? 'missing'}`);
    }
    return { requestId: 'req-1', sizeBytes: sizeBytes ?? 0 };
  }

  #describe({ kind, after = '' }: volumeDelegate.DescribeFiles) {
    if (this.blind) throw this.blind;
    const prefix = { volume: 'vol-', snapshot: 'snap-', part: '.' }[kind];
    const rest = this.files
      .filter(({ name }) => name.startsWith(prefix) && name > after)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const item = rest.slice(0, this.page);
    return { requestId: 'req-1', fileSet: { item }, more: rest.length > item.length };
  }

  async #take(
    operation: ReceivedOrder['operation'],
    request: { orderId: string },
  ): Promise<volumeDelegate.JobResponse> {
    const { orderId } = request;
    const order = { operation, orderId, request };
    this.received.push(order);
    await this.meanwhile?.(order);
    if (this.refusal) throw this.refusal;
    const job = this.jobs.get(orderId) ?? this.quickEnd ?? { state: 'pending' };
    this.jobs.set(orderId, job);
    if (this.lostAnswer) throw this.lostAnswer;
    return { requestId: 'req-1', orderId, ...job };
  }
}
