import { ServiceFault } from '@vbs-lustre/shared/faults';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import type { Job } from './job.js';
import type { Journal } from './journal.js';

/**
 * Puts a new order into the journal.
 * @throws {ServiceFault} `Unavailable` if its disk is full, say: another delegate may take the order at once
 * @throws {Error} if something may be left that the next start would take up
 */
export async function writeDown(job: Job, journal: Journal, log: Log): Promise<void> {
  try {
    await journal.put(job);
  } catch (error) {
    await journal.remove(job.order.orderId);
    log.error('an order cannot be written down', errorFields(error));
    throw new ServiceFault('Unavailable', 'This Volume Delegate cannot write orders down now.');
  }
}
