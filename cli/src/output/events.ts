import type { vbslustre } from '@vbs-lustre/wsdl';
import type { Kind } from './kind.js';
import { time } from './units.js';

export const EVENTS: Kind<vbslustre.Event> = {
  plural: 'events',
  columns: [
    { heading: 'TIME', value: (event) => time(event.time) },
    { heading: 'ACTION', value: ({ action }) => action },
    {
      heading: 'ATTACHMENT',
      value: ({ instanceId, vmm, device }) =>
        instanceId === undefined ? '' : `${instanceId} on ${vmm ?? '?'} as ${device ?? '?'}`,
      isOptional: true,
    },
    { heading: 'REASON', value: ({ reason }) => reason },
  ],
  fields: ({ time, action, reason, instanceId = '', vmm = '', device = '' }) => [
    ...[time.toISOString(), action, reason, instanceId, vmm, device],
  ],
  json: ({ time, action, reason, instanceId, vmm, device }) => ({
    ...{ time, action, reason, instanceId: instanceId ?? null, vmm: vmm ?? null },
    device: device ?? null,
  }),
};
