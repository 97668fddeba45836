/** What is measured. A label has few values, known beforehand: never the name of a volume, a user or a machine. */
export interface Metric {
  type: 'counter' | 'gauge' | 'histogram';
  name: string;
  help: string;
  labels: readonly string[];
}

/** All metrics of all services but those of Node itself; docs/operations.md explains each. */
export const METRICS = {
  operations: counter('vbslustre_operations_total', 'Requests that were answered', [
    'operation',
    'code',
  ]),
  operationSeconds: histogram(
    'vbslustre_operation_duration_seconds',
    'From the last byte of a request to its answer',
    ['operation'],
  ),
  overload: counter(
    'vbslustre_overload_refusals_total',
    'Refused since too many others were there',
    ['reason'],
  ),
  requests: gauge('vbslustre_requests_in_progress', 'Requests at work now'),
  volumes: gauge('vbslustre_volumes', 'Volumes', ['state']),
  warmClones: gauge('vbslustre_warm_clones', 'Volumes that are kept ready of snapshots', ['state']),
  snapshots: gauge('vbslustre_snapshots', 'Snapshots', ['state']),
  attachments: gauge('vbslustre_attachments', 'Attachments', ['state']),
  delegates: gauge('vbslustre_delegates', 'Delegates that have ever announced themselves', [
    'kind',
    'state',
  ]),
  events: counter('vbslustre_events_total', 'What was put right, or done at a risk', ['action']),
  leads: gauge('vbslustre_reconciler_leads', 'Whether this front end is the one that reconciles'),
  jobsRunning: gauge('vbslustre_jobs_running', 'Orders at work', ['kind']),
  jobsWaiting: gauge('vbslustre_jobs_waiting', 'Orders that wait for their turn', ['kind']),
  available: gauge(
    'vbslustre_volume_directory_available_bytes',
    'Space that can still be promised to new files',
  ),
  size: gauge('vbslustre_volume_directory_size_bytes', 'Size of the file system'),
  mirrored: gauge('vbslustre_mirrored_files', 'Files that have mirrors on Lustre', ['state']),
  heard: gauge(
    'vbslustre_announcement_heard',
    'Whether a front end has heard the last announcement',
  ),
} as const satisfies Record<string, Metric>;

function counter(name: string, help: string, labels: readonly string[] = []): Metric {
  return { type: 'counter', name, help, labels };
}

function gauge(name: string, help: string, labels: readonly string[] = []): Metric {
  return { type: 'gauge', name, help, labels };
}

function histogram(name: string, help: string, labels: readonly string[] = []): Metric {
  return { type: 'histogram', name, help, labels };
}
