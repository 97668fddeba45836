import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { volumeDelegate } from '@vbs-lustre/wsdl';
import type { Jobs } from '../jobs/jobs.js';
import type { Storage } from '../storage/storage.js';

/** Answers `ok` if the file system can be looked at now; fails otherwise. */
export function describeHealth(
  jobs: Jobs,
  storage: Storage,
): Handler<volumeDelegate.VolumeDelegate['DescribeHealth']> {
  return async () => {
    await storage.targets();
    return { status: 'ok', storage: storage.kind, jobs: jobs.unfinished };
  };
}
