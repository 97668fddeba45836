import { ServiceFault } from '@vbs-lustre/shared/faults';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { removePart, secure, type Tools } from './execute.js';
import { refusal, unfinished } from './explain.js';
import type { Job } from './job.js';
import { UnfinishedError } from './jobError.js';
import type { Journal } from './journal.js';

type TakeTools = Tools & { journal: Journal; log: Log };

/**
 * Puts a new order into the journal, and makes sure that there is space for its file.
 * @throws {ServiceFault} Then nothing is left of it, but of an extension that is to be ordered again.
 * @throws {Error} if something may be left that the next start would take up
 */
export async function take(job: Job, tools: TakeTools): Promise<void> {
  const { order } = job;
  const writing = writeDown(job, tools);
  // What is done to a volume that is there waits for it. A part in no journal is nobody's: whoever gets the order begins it anew.
  if (order.kind === 'extendVolume') await writing;
  const [written, secured] = await Promise.allSettled([writing, secure(order, tools)]);
  if (written.status === 'rejected') {
    if (secured.status === 'fulfilled') await removePart(order, tools).catch(() => undefined);
    throw written.reason;
  }
  if (secured.status === 'fulfilled') return;
  const error = secured.reason;
  if (error instanceof UnfinishedError) throw unfinished(error, tools.log);
  await tools.journal.remove(order.orderId);
  throw refusal(error, tools.log);
}

async function writeDown(job: Job, { journal, log }: TakeTools): Promise<void> {
  try {
    await journal.put(job);
  } catch (error) {
    await journal.remove(job.order.orderId);
    log.error('an order cannot be written down', errorFields(error));
    // Its disk is full, say: another delegate may take the order at once.
    throw new ServiceFault('Unavailable', 'This Volume Delegate cannot write orders down now.');
  }
}
