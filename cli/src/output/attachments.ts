import type { vbslustre } from '@vbs-lustre/wsdl';
import { colourStatus } from './colour.js';
import type { Kind } from './kind.js';
import { time } from './units.js';

/** What AttachVolume and DetachVolume answer, and what a volume has a list of. */
export const ATTACHMENTS: Kind<vbslustre.Attachment & { warning?: string | undefined }> = {
  plural: 'attachments',
  columns: [
    { heading: 'VOLUME', value: ({ volumeId }) => volumeId },
    { heading: 'INSTANCE', value: ({ instanceId }) => instanceId },
    { heading: 'VMM', value: ({ vmm }) => vmm },
    { heading: 'DEVICE', value: ({ device }) => device },
    { heading: 'MODE', value: ({ attachMode }) => attachMode },
    { heading: 'STATUS', value: ({ status }) => status, colour: colourStatus },
    { heading: 'SINCE', value: ({ attachTime }) => time(attachTime) },
  ],
  fields: ({ volumeId, instanceId, vmm, device, attachMode, status, attachTime }) => [
    ...[volumeId, instanceId, vmm, device, attachMode, status],
    attachTime.toISOString(),
  ],
  json: ({ volumeId, instanceId, vmm, device, attachMode, status, attachTime, warning }) => ({
    ...{ volumeId, instanceId, vmm, device, attachMode, status, attachTime },
    ...(warning !== undefined && { warning }),
  }),
};
