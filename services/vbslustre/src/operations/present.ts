import type { vbslustre } from '@vbs-lustre/wsdl';
import type { Attachment } from '../metadata/attachments.js';
import type { Snapshot } from '../metadata/snapshots.js';
import type { Volume } from '../metadata/volumes.js';
import { GIB } from './volumeSize.js';

/** A volume as users see it: EC2's `in-use` is `available` with attachments. */
export function presentVolume(
  volume: Volume,
  attachments: readonly Attachment[],
): vbslustre.Volume {
  const own = attachments.filter(({ volumeId }) => volumeId === volume.id);
  const inUse = volume.status === 'available' && own.length > 0;
  return {
    volumeId: volume.id,
    size: Math.ceil(volume.sizeBytes / GIB),
    sizeBytes: volume.sizeBytes,
    snapshotId: volume.snapshotId,
    status: inUse ? 'in-use' : volume.status,
    statusMessage: volume.statusMessage,
    createTime: volume.createTime,
    attachmentSet: { item: own.map(presentAttachment) },
  };
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
  };
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
