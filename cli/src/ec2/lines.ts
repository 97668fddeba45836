import type { vbslustre } from '@vbs-lustre/wsdl';
import { toTsv } from '../output/kind.js';
import { ALL } from '../sharing.js';
import { snapshotState, volumeState } from './states.js';
import { ec2Time } from './time.js';

/** @param zone empty if it has none */
export function volumeLine(volume: vbslustre.Volume, zone: string): string {
  const { volumeId, size, snapshotId = '', status, createTime } = volume;
  const state = volumeState(status);
  return toTsv(['VOLUME', volumeId, String(size), snapshotId, zone, state, ec2Time(createTime)]);
}

/** As `ec2-describe-volumes-modifications` would have it: target and original size, and how far it is. */
export function modificationLine(volume: vbslustre.Volume): string {
  const { volumeId, modificationState = '', targetSize, size, progress } = volume;
  const done = modificationState === 'completed' ? '100%' : (progress ?? '0%');
  const sizes = [String(targetSize ?? size), String(size)];
  return toTsv(['VOLUMEMODIFICATION', volumeId, modificationState, ...sizes, done]);
}

export function attachmentLine(attachment: vbslustre.Attachment): string {
  const { volumeId, instanceId, device, status, attachTime } = attachment;
  const time = ec2Time(attachTime);
  return toTsv(['ATTACHMENT', volumeId, instanceId, `/dev/${device}`, status, time]);
}

/** @param type what it is a tag of */
export function tagLines(
  type: 'volume' | 'snapshot',
  id: string,
  { tagSet }: Pick<vbslustre.Volume, 'tagSet'>,
): string {
  const tags = tagSet?.item ?? [];
  return tags.map(({ key, value = '' }) => toTsv(['TAG', type, id, key, value])).join('');
}

/** @param what the snapshot, and what was done @param grantee a user id, or `all` */
export function permissionLine(what: readonly string[], grantee: string): string {
  const type = grantee === ALL ? 'group' : 'userId';
  return toTsv(['createVolumePermission', ...what, type, grantee]);
}

/** @param owner whose it is if the service does not say */
export function snapshotLine(snapshot: vbslustre.Snapshot, owner: string): string {
  const { snapshotId, volumeId, status, createTime, size } = snapshot;
  const { description = '' } = snapshot;
  const state = snapshotState(status);
  const progress = snapshot.progress ?? (state === 'completed' ? '100%' : '');
  return toTsv([
    ...['SNAPSHOT', snapshotId, volumeId, state, ec2Time(createTime), progress],
    ...[snapshot.ownerId ?? owner, String(size), description],
  ]);
}
