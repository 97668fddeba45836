import type { vbslustre } from '@vbs-lustre/wsdl';
import type { Attachment, VolumeWithAttachments } from '../metadata/attachments.js';
import type { FileRecord } from '../metadata/files.js';
import type { Snapshot } from '../metadata/snapshots.js';
import type { Tag } from '../metadata/tags.js';
import type { Volume } from '../metadata/volumes.js';
import { GIB } from './volumeSize.js';

/** A volume as users see it: EC2's `in-use` is `available` with attachments. */
export function presentVolume({
  volume,
  attachments,
  tags,
}: VolumeWithAttachments): vbslustre.Volume {
  const status = volume.status === 'modifying' ? 'available' : volume.status;
  const inUse = status === 'available' && attachments.length > 0;
  return {
    volumeId: volume.id,
    size: Math.ceil(volume.sizeBytes / GIB),
    sizeBytes: volume.sizeBytes,
    snapshotId: volume.snapshotId,
    status: inUse ? 'in-use' : status,
    statusMessage: volume.statusMessage,
    createTime: volume.createTime,
    attachmentSet: { item: attachments.map(presentAttachment) },
    tagSet: presentTags(tags),
    ...presentProgress(volume),
    snapshotConsistency: volume.snapshotConsistency,
    ...presentModification(volume),
    volumeType: volume.volumeType,
    readOnly: volume.readOnly || undefined,
    creationMethod: volume.creationMethod,
  };
}

/** Of one that was modified once: clients that were made before there was such a thing see nothing of it else. */
function presentModification(volume: Volume): Partial<vbslustre.Volume> {
  const { modificationState, targetSizeBytes, modificationMessage } = volume;
  if (modificationState === undefined || targetSizeBytes === undefined) return {};
  const targetSize = Math.ceil(targetSizeBytes / GIB);
  return { modificationState, targetSize, targetSizeBytes, modificationMessage };
}

/** What others than its owner are shown of a snapshot: neither its tags nor why it has failed, or is damaged. */
export function seenBy(userId: string, snapshot: Snapshot): Snapshot {
  if (snapshot.owner === userId) return snapshot;
  return { ...snapshot, tags: [], statusMessage: undefined, verdict: withoutMessage(snapshot) };
}

function withoutMessage({ verdict }: Snapshot): Snapshot['verdict'] {
  return verdict && { ...verdict, message: undefined };
}

export function presentSnapshot(snapshot: Snapshot): vbslustre.Snapshot {
  return {
    snapshotId: snapshot.id,
    volumeId: snapshot.volumeId,
    size: Math.ceil(snapshot.sizeBytes / GIB),
    sizeBytes: snapshot.sizeBytes,
    description: snapshot.description,
    status: snapshot.status,
    statusMessage: snapshot.statusMessage,
    createTime: snapshot.createTime,
    tagSet: presentTags(snapshot.tags),
    ...presentProgress(snapshot),
    consistency: snapshot.consistency,
    ownerId: snapshot.owner,
    creationMethod: snapshot.creationMethod,
    sha256: snapshot.sha256,
    ...presentVerdict(snapshot),
  };
}

/** Of one that was verified once: clients that were made before there was such a thing see nothing of it else. */
function presentVerdict({ verifying, verdict }: Snapshot): Partial<vbslustre.Snapshot> {
  if (verifying) return { verifyState: 'verifying' };
  if (!verdict) return {};
  return {
    ...{ verifyState: verdict.state, verifyTime: verdict.time },
    verifyMessage: verdict.message,
  };
}

/** Clients that were made before there were tags see nothing of them as long as nobody makes one. */
function presentTags(tags: readonly Tag[]): vbslustre.TagSet | undefined {
  return tags.length > 0 ? { item: [...tags] } : undefined;
}

/**
 * Of what is being made or extended alone: clients that were made before there was such a thing see nothing of it later. A file that is
 * not complete is never shown as such: its last bytes may still have to be flushed.
 */
export function presentProgress({
  status,
  sizeBytes,
  bytesDone,
  targetSizeBytes = sizeBytes,
}: Pick<FileRecord, 'status' | 'sizeBytes' | 'bytesDone'> & Partial<Volume>): Pick<
  vbslustre.Volume,
  'progress' | 'bytesDone'
> {
  if (bytesDone === undefined || (status !== 'pending' && status !== 'modifying')) return {};
  const [from, to] = status === 'pending' ? [0, sizeBytes] : [sizeBytes, targetSizeBytes];
  const done = Math.max(from, Math.min(bytesDone, to));
  const percent = Math.floor((100 * (done - from)) / Math.max(1, to - from));
  return { progress: `${Math.min(99, percent)}%`, bytesDone: done };
}

export function presentAttachment(attachment: Attachment): vbslustre.Attachment {
  return {
    volumeId: attachment.volumeId,
    instanceId: attachment.instanceId,
    vmm: attachment.vmm,
    device: attachment.device,
    attachMode: attachment.mode,
    status: attachment.status,
    attachTime: attachment.attachTime,
  };
}
