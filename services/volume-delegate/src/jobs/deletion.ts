import type { Job, Order } from './job.js';
import type { Journal } from './journal.js';

/** What a delegate is at, by the ids of its orders. */
interface Work {
  accepting: ReadonlyMap<string, { order: Order; accepted: Promise<Job> }>;
  working: ReadonlyMap<string, Promise<void>>;
  cancel: ReadonlyMap<string, AbortController>;
  journal: Journal;
}

/** Whether there is, or was, an order to delete the file that another order is about: then nothing else is done to it any more. */
export function isDeleted({ kind, id }: Order, jobs: readonly Job[]): boolean {
  return kind !== 'delete' && jobs.some(({ order }) => order.kind === 'delete' && order.id === id);
}

/**
 * Ends all other work on a file that is to be deleted. What is left of it, parts too, is deleted with the file; until then the
 * order to delete is in the journal, and none of the others is begun again.
 */
export async function endOthers(
  { id }: Order,
  { accepting, working, cancel, journal }: Work,
): Promise<void> {
  const isOther = (order: Order): boolean => order.id === id && order.kind !== 'delete';
  for (const { order, accepted } of accepting.values()) {
    if (isOther(order)) await accepted.catch(() => undefined);
  }
  for (const { order, reported } of journal.all()) {
    if (reported || !isOther(order)) continue;
    cancel.get(order.orderId)?.abort();
    await working.get(order.orderId);
    await journal.remove(order.orderId);
  }
}
