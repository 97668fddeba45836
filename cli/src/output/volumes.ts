import type { vbslustre } from '@vbs-lustre/wsdl';
import { ATTACHMENTS } from './attachments.js';
import { colourStatus } from './colour.js';
import type { Kind } from './kind.js';
import { makingFields, makingJson } from './making.js';
import { MODIFICATION, modificationFields, modificationJson } from './modification.js';
import { PROGRESS, progressFields, progressJson } from './progress.js';
import { TAG_COLUMNS, tagsInJson, tagsInOneField } from './tags.js';
import { size, time } from './units.js';

export const VOLUMES: Kind<vbslustre.Volume> = {
  plural: 'volumes',
  columns: [
    { heading: 'VOLUME', value: ({ volumeId }) => volumeId },
    { heading: 'SIZE', value: ({ sizeBytes }) => size(sizeBytes), alignsRight: true },
    { heading: 'STATUS', value: ({ status }) => status, colour: colourStatus },
    { heading: 'TYPE', value: ({ volumeType }) => volumeType ?? '', isOptional: true },
    { heading: 'ACCESS', value: ({ readOnly }) => (readOnly ? 'read-only' : ''), isOptional: true },
    PROGRESS,
    { heading: 'CREATED', value: ({ createTime }) => time(createTime) },
    { heading: 'SNAPSHOT', value: madeFrom, isOptional: true },
    {
      heading: 'ATTACHED TO',
      value: ({ attachmentSet }) => attachmentSet.item.map(shortly).join(', '),
      isOptional: true,
    },
    MODIFICATION,
    ...TAG_COLUMNS,
    { heading: 'REASON', value: ({ statusMessage }) => statusMessage ?? '', isOptional: true },
  ],
  fields: (volume) => [
    ...[volume.volumeId, volume.status, String(volume.size), String(volume.sizeBytes)],
    ...[volume.snapshotId ?? '', volume.createTime.toISOString()],
    volume.attachmentSet.item.map(inOneField).join(','),
    volume.statusMessage ?? '',
    tagsInOneField(volume),
    ...progressFields(volume),
    volume.snapshotConsistency ?? '',
    ...modificationFields(volume),
    ...makingFields(volume),
  ],
  json: ({ volumeId, status, statusMessage, size, sizeBytes, snapshotId, ...others }) => ({
    ...{ volumeId, status, statusMessage: statusMessage ?? null, size, sizeBytes },
    snapshotId: snapshotId ?? null,
    createTime: others.createTime,
    attachments: others.attachmentSet.item.map(ATTACHMENTS.json),
    ...tagsInJson(others),
    ...progressJson(others),
    snapshotConsistency: others.snapshotConsistency ?? null,
    ...modificationJson(others),
    ...makingJson(others),
  }),
};

function madeFrom({ snapshotId = '', snapshotConsistency }: vbslustre.Volume): string {
  return snapshotConsistency === 'torn' ? `${snapshotId} (TORN)` : snapshotId;
}

function shortly({ instanceId, vmm, device, attachMode, status }: vbslustre.Attachment): string {
  const passing = status === 'attached' ? '' : `, ${status}`;
  return `${instanceId} on ${vmm} as ${device} (${attachMode}${passing})`;
}

/** None of these has a slash or comma in it. */
function inOneField(attachment: vbslustre.Attachment): string {
  const { vmm, instanceId, device, attachMode, status } = attachment;
  return [vmm, instanceId, device, attachMode, status].join('/');
}
