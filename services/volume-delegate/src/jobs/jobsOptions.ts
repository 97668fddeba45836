import type { Log } from '@vbs-lustre/shared/log';
import type { Tools } from './execute.js';
import type { Job } from './job.js';
import type { Journal } from './journal.js';

export interface JobsOptions extends Tools {
  journal: Journal;
  log: Log;
  /** Files that are written or copied at once. */
  maxJobs: number;
  maxQueuedJobs: number;
  /** Tells the front end; resolves to false if it was aborted. */
  report(job: Job, signal: AbortSignal): Promise<boolean>;
}
