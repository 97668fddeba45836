import { errorFields } from '@vbs-lustre/shared/log';
import { removeProof } from './execute.js';
import type { Job } from './job.js';
import type { JobsOptions } from './jobsOptions.js';

/** How long an order that was carried out and reported is still answered by its outcome. */
export const MEMORY_MS = 24 * 3_600_000;

/**
 * Reports how an order ended until that is heard, and writes that down.
 * @param ended is called then: heard is no longer announced, since nobody waits for it, so it would be withdrawn
 */
export async function reportOutcome(
  job: Job,
  options: JobsOptions,
  signal: AbortSignal,
  ended: () => void,
): Promise<void> {
  const { journal, log, report } = options;
  try {
    // Withdrawn meanwhile, it is written down there.
    if (!(await report(job, signal)) || signal.aborted) return;
    ended();
    await removeProof(job, options);
    await journal.put({ ...job, reported: true });
    await journal.forgetReported(MEMORY_MS);
  } catch (error) {
    const { orderId } = job.order;
    log.error('an outcome could not be reported', { orderId, ...errorFields(error) });
  } finally {
    ended();
  }
}
