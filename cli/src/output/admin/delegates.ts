import type { vbslustreAdmin } from '@vbs-lustre/wsdl';
import type { Kind } from '../kind.js';
import { roughSize, time } from '../units.js';

type Delegate = vbslustreAdmin.Delegate;

export const DELEGATES: Kind<Delegate> = {
  plural: 'delegates',
  columns: [
    { heading: 'DELEGATE', value: ({ name }) => name },
    { heading: 'KIND', value: ({ kind }) => kind },
    { heading: 'STATUS', value: stateOf },
    { heading: 'LAST SEEN', value: ({ lastSeenTime }) => time(lastSeenTime) },
    {
      heading: 'SPACE',
      value: ({ availableBytes }) =>
        availableBytes === undefined ? '' : roughSize(availableBytes),
      alignsRight: true,
    },
    { heading: 'JOBS', value: ({ jobs }) => String(jobs ?? ''), alignsRight: true },
    {
      heading: 'ATTACHMENTS',
      value: ({ attachments }) => String(attachments ?? ''),
      alignsRight: true,
    },
    { heading: 'VERSION', value: ({ version, hypervisor }) => words(version, hypervisor) },
    { heading: 'URL', value: ({ url }) => url },
  ],
  fields: (delegate) => [
    ...[delegate.name, delegate.kind, delegate.status, delegate.lastSeenTime.toISOString()],
    ...[delegate.draining ? 'draining' : '', delegate.drained ? 'drained' : ''],
    ...[delegate.availableBytes, delegate.jobs, delegate.attachments].map((each) =>
      String(each ?? ''),
    ),
    ...[delegate.version ?? '', delegate.hypervisor ?? '', delegate.url, delegate.subject],
    delegate.certificateEndTime?.toISOString() ?? '',
    String(delegate.clockAheadMs ?? ''),
  ],
  json: ({ kind, name, subject, url, status, lastSeenTime, draining, drained, ...others }) => ({
    ...{ kind, name, subject, url, status, lastSeenTime, draining, drained },
    availableBytes: others.availableBytes ?? null,
    jobs: others.jobs ?? null,
    hypervisor: others.hypervisor ?? null,
    attachments: others.attachments ?? null,
    version: others.version ?? null,
    certificateEndTime: others.certificateEndTime ?? null,
    clockAheadMs: others.clockAheadMs ?? null,
  }),
};

function stateOf({ status, draining, drained }: Delegate): string {
  return words(status, draining && 'draining', drained && 'drained');
}

function words(...some: readonly (string | false | undefined)[]): string {
  return some.filter(Boolean).join(', ');
}
