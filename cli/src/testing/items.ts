import type { vbslustre } from '@vbs-lustre/wsdl';

const TIME = new Date('2026-11-24T12:00:00.123Z');

/** A volume as the service describes it. */
export function aVolume(changes: Partial<vbslustre.Volume> = {}): vbslustre.Volume {
  return {
    volumeId: 'vol-1',
    size: 10,
    sizeBytes: 10 * 2 ** 30,
    status: 'available',
    createTime: TIME,
    attachmentSet: { item: [] },
    ...changes,
  };
}

export function aSnapshot(changes: Partial<vbslustre.Snapshot> = {}): vbslustre.Snapshot {
  return {
    snapshotId: 'snap-1',
    volumeId: 'vol-1',
    size: 1,
    sizeBytes: 16 * 2 ** 20,
    status: 'available',
    createTime: TIME,
    ...changes,
  };
}

export function anAttachment(changes: Partial<vbslustre.Attachment> = {}): vbslustre.Attachment {
  return {
    volumeId: 'vol-1',
    instanceId: 'vm1',
    vmm: 'host1',
    device: 'xvdb',
    attachMode: 'w',
    status: 'attached',
    attachTime: TIME,
    ...changes,
  };
}
