import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { carryOut, type Tools } from './execute.js';
import { explain } from './explain.js';
import type { Job, Order } from './job.js';
import { UnfinishedError } from './jobError.js';
import type { Lanes } from './lanes.js';

/**
 * Does what an order asks for.
 * @param anew whether the space of the file has to be promised again
 * @returns how that ended
 * @throws {UnfinishedError} if it has not, or whatever if it was aborted
 */
export async function outcomeOf(
  order: Order,
  { log, lanes, ...tools }: Tools & { log: Log; lanes: Lanes },
  anew: boolean,
  signal: AbortSignal,
): Promise<Pick<Job, 'state' | 'message' | 'method' | 'sha256'>> {
  try {
    const done = await carryOut(order, tools, anew, lanes, signal);
    log.info('an order is carried out', { orderId: order.orderId, id: order.id, ...done });
    return done;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UnfinishedError) throw error;
    log.error('an order failed', { orderId: order.orderId, ...errorFields(error) });
    return { state: 'failed', message: explain(order, error) };
  }
}
