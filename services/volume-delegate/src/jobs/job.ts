import { partName } from '@vbs-lustre/shared/partName';
import { currentRequestId } from '@vbs-lustre/shared/requestId';
import type { ExchangeName } from '../exchange/exchange.js';
import type { Method } from './fill.js';
import type { Expected } from './verify.js';

/** What the front end ordered. `id` is the volume's or snapshot's, and the name of its file; or that of an export. */
export type Order =
  | {
      kind: 'createVolume';
      orderId: string;
      id: string;
      sizeBytes: number;
      sourceId?: string;
      importFrom?: ExchangeName & { sizeBytes: number };
      volumeType?: string;
      /** Nobody will ever write it. */
      readOnly?: true;
      /** Of what it is made from, if that is known. */
      expected?: Expected;
    }
  | { kind: 'extendVolume'; orderId: string; id: string; sizeBytes: number; fromBytes: number }
  | {
      kind: 'createSnapshot';
      orderId: string;
      id: string;
      sizeBytes: number;
      sourceId: string;
      /** A hypervisor has written the part, which was prepared for it. */
      isFilled?: true;
      /** Its SHA-256 is told with its end. */
      checksum?: true;
    }
  | ({
      kind: 'export';
      orderId: string;
      id: string;
      sizeBytes: number;
      sourceId: string;
    } & ExchangeName)
  /** Reads the file of a snapshot, and tells its SHA-256. */
  | { kind: 'checksum'; orderId: string; id: string; sizeBytes: number }
  | { kind: 'delete'; orderId: string; id: string };

/** Orders that make a file. */
export type CreateOrder = Extract<Order, { kind: 'createVolume' | 'createSnapshot' | 'export' }>;
export type ChecksumOrder = Extract<Order, { kind: 'checksum' }>;
export type ExtendOrder = Extract<Order, { kind: 'extendVolume' }>;

/** Whether an order has a part: what only looks at a file, or removes it, has none. */
export function hasPart(order: Order): order is CreateOrder | ExtendOrder {
  return order.kind !== 'checksum' && order.kind !== 'delete';
}

/** Whether a hypervisor has written the part of an order: it can't be made anew. */
export function isFilled(order: Order): boolean {
  return order.kind === 'createSnapshot' && order.isFilled === true;
}

/** The file of an order in the making; of one that extends a volume, the name under which it does so. */
export function partOf({ id, sizeBytes, orderId }: CreateOrder | ExtendOrder): string {
  return partName({ id, bytes: sizeBytes, orderId });
}

export type JobState = 'pending' | 'available' | 'deleted' | 'failed';

/** An order and what became of it, as it stands in the journal. */
export interface Job {
  order: Order;
  state: JobState;
  /** After a failure: what the command said, fit for the owner of the volume. */
  message?: string;
  /** How the file was made, if that is known. */
  method?: Method;
  /** Of a snapshot, if its order asked for it. */
  sha256?: string;
  /** Whether a front end has heard the outcome. */
  reported: boolean;
  /** ISO 8601. */
  changedAt: string;
  /** Of the request that brought the order. */
  requestId?: string;
}

/** The job of an order that has just come. */
export function newJob(order: Order): Job {
  const requestId = currentRequestId();
  const job: Job = { order, state: 'pending', reported: false, changedAt: now() };
  return requestId === undefined ? job : { ...job, requestId };
}

export function now(): string {
  return new Date().toISOString();
}

export function pendingOrders(jobs: readonly Job[]): Order[] {
  return jobs.flatMap(({ order, state }) => (state === 'pending' ? [order] : []));
}

/** Whether two orders ask for the same. */
export function isSameOrder(a: Order, b: Order): boolean {
  return JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
}
