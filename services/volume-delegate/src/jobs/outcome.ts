import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { carryOut, type Tools } from './execute.js';
import { explain } from './explain.js';
import type { Job, Order } from './job.js';
import { UnfinishedError } from './jobError.js';

/**
 * Does what an order asks for.
 * @param anew whether the space of the file has to be promised again
 * @returns how that ended
 * @throws {UnfinishedError} if it has not, or whatever if it was aborted
 */
export async function outcomeOf(
  order: Order,
  tools: Tools & { log: Log },
  anew: boolean,
  signal: AbortSignal,
): Promise<Pick<Job, 'state' | 'message'>> {
  try {
    return { state: await carryOut(order, tools, anew, signal) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UnfinishedError) throw error;
    tools.log.error('an order failed', { orderId: order.orderId, ...errorFields(error) });
    return { state: 'failed', message: explain(order, error) };
  }
}
