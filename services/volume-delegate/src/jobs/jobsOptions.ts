import type { Log } from '@vbs-lustre/shared/log';
import type { SpaceLedger } from '../storage/space.js';
import type { Job } from './job.js';
import type { Journal } from './journal.js';
import type { VolumeFiles } from './volumeFiles.js';

export interface JobsOptions {
  journal: Journal;
  ledger: SpaceLedger;
  files: VolumeFiles;
  log: Log;
  /** dd and cp processes at once. */
  maxJobs: number;
  maxQueuedJobs: number;
  /** Tells the front end; resolves to false if it was aborted. */
  report(job: Job, signal: AbortSignal): Promise<boolean>;
}
