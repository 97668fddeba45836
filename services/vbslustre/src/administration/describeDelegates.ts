import type { vbslustreAdmin } from '@vbs-lustre/wsdl';
import type { FrontEnd } from '../frontEnd.js';
import { type DelegateReport, delegateReports } from '../metadata/delegateReports.js';
import type { AdminOperation } from './administration.js';

/** All delegates that were ever heard of. */
export function describeDelegates({
  database,
  volumeDelegates,
}: FrontEnd): AdminOperation<'DescribeDelegates'> {
  return async () => {
    const reports = await delegateReports(database, volumeDelegates.roster.aliveSeconds);
    return { delegateSet: { item: reports.map(present) } };
  };
}

function present(report: DelegateReport): vbslustreAdmin.Delegate {
  const { kind, name, subject, url, draining, drained, version, clockAheadMs } = report;
  const { availableBytes, unfinishedJobs: jobs, hypervisor, attachments } = report;
  return {
    ...{ kind, name, subject, url, status: report.isAlive ? 'alive' : 'silent' },
    ...{ lastSeenTime: report.seenAt, draining, drained },
    ...(kind === 'volume' ? { availableBytes, jobs } : { hypervisor, attachments }),
    ...{ version, certificateEndTime: report.certificateEnds, clockAheadMs },
  };
}
