import type { vbslustre } from '@vbs-lustre/wsdl';
import { colourStatus } from './colour.js';
import type { Kind } from './kind.js';
import { PROGRESS, progressFields, progressJson } from './progress.js';
import { TAG_COLUMNS, tagsInJson, tagsInOneField } from './tags.js';
import { size, time } from './units.js';

export const SNAPSHOTS: Kind<vbslustre.Snapshot> = {
  plural: 'snapshots',
  columns: [
    { heading: 'SNAPSHOT', value: ({ snapshotId }) => snapshotId },
    { heading: 'VOLUME', value: ({ volumeId }) => volumeId },
    { heading: 'SIZE', value: ({ sizeBytes }) => size(sizeBytes), alignsRight: true },
    { heading: 'STATUS', value: ({ status }) => status, colour: colourStatus },
    // Of exact ones nobody needs to be told.
    { heading: 'CONSISTENCY', value: conspicuous, colour: colourStatus, isOptional: true },
    { heading: 'VERIFIED', value: verifiedIn, colour: colourStatus, isOptional: true },
    PROGRESS,
    { heading: 'CREATED', value: ({ createTime }) => time(createTime) },
    { heading: 'DESCRIPTION', value: ({ description }) => description ?? '', isOptional: true },
    ...TAG_COLUMNS,
    { heading: 'REASON', value: ({ statusMessage }) => statusMessage ?? '', isOptional: true },
  ],
  fields: (snapshot) => [
    ...[snapshot.snapshotId, snapshot.status, snapshot.volumeId],
    ...[String(snapshot.size), String(snapshot.sizeBytes), snapshot.createTime.toISOString()],
    snapshot.description ?? '',
    snapshot.statusMessage ?? '',
    tagsInOneField(snapshot),
    ...progressFields(snapshot),
    snapshot.consistency ?? '',
    snapshot.ownerId ?? '',
    snapshot.creationMethod ?? '',
    snapshot.sha256 ?? '',
    ...[snapshot.verifyState ?? '', snapshot.verifyTime?.toISOString() ?? ''],
    snapshot.verifyMessage ?? '',
  ],
  json: ({ snapshotId, volumeId, status, statusMessage, size, sizeBytes, ...others }) => ({
    ...{ snapshotId, volumeId, status, statusMessage: statusMessage ?? null, size, sizeBytes },
    description: others.description ?? null,
    createTime: others.createTime,
    ...tagsInJson(others),
    ...progressJson(others),
    consistency: others.consistency ?? null,
    ownerId: others.ownerId ?? null,
    creationMethod: others.creationMethod ?? null,
    sha256: others.sha256 ?? null,
    verifyState: others.verifyState ?? null,
    verifyTime: others.verifyTime ?? null,
    verifyMessage: others.verifyMessage ?? null,
  }),
};

/** Where others' may be among them. */
export const ANYBODYS_SNAPSHOTS: Kind<vbslustre.Snapshot> = {
  ...SNAPSHOTS,
  columns: [...SNAPSHOTS.columns, { heading: 'OWNER', value: ({ ownerId }) => ownerId ?? '' }],
};

/** What came of it the last time, and when. */
function verifiedIn({ verifyState = '', verifyTime, verifyMessage }: vbslustre.Snapshot): string {
  if (verifyState === 'damaged') return `DAMAGED: ${verifyMessage ?? 'its data has changed'}`;
  return verifyTime ? `${verifyState} ${time(verifyTime)}` : verifyState;
}

function conspicuous({ consistency }: vbslustre.Snapshot): string {
  if (consistency === 'torn') return 'TORN: copied while it was written';
  return consistency === 'exact' ? '' : (consistency ?? '');
}
