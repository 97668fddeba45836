import { setTimeout as delay } from 'node:timers/promises';
import type { CallbackClient } from '@vbs-lustre/client';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import type { Job } from './job.js';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** What the owner sees of a failure (paper, section 4.1). */
const FAILURE = 'failure : cmd error';

/**
 * Tells the outcome of a job to the front ends, in turn, until one of them has heard it.
 * @returns false only if it was aborted before.
 */
export async function report(
  job: Job,
  frontEnds: readonly CallbackClient[],
  log: Log,
  signal: AbortSignal,
): Promise<boolean> {
  let pauseMs = FIRST_PAUSE_MS;
  for (let turn = 0; !signal.aborted; turn++) {
    try {
      const frontEnd = frontEnds[turn % frontEnds.length];
      if (frontEnd) await tell(job, frontEnd);
      return true;
    } catch (error) {
      const { orderId, id } = job.order;
      log.warn('the front end has not heard an outcome', { orderId, id, ...errorFields(error) });
    }
    await delay(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
  return false;
}

async function tell(job: Job, frontEnd: CallbackClient): Promise<void> {
  const { orderId, id } = job.order;
  const { method, sha256 } = job;
  const status = job.state === 'failed' ? FAILURE : job.state;
  const outcome = { orderId, status, message: job.message };
  if (job.order.kind === 'export') {
    await frontEnd.UpdateExportStatus({ ...outcome, exportTaskId: id });
  } else if (id.startsWith('snap-')) {
    await frontEnd.UpdateSnapshotStatus({ ...outcome, method, sha256, snapshotId: id });
  } else {
    await frontEnd.UpdateVolumeStatus({ ...outcome, method, volumeId: id });
  }
}
