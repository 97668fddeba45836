import { type Database, now, readCommitted } from './database.js';
import { toVolume, type Volume, type VolumeRow } from './volumes.js';

export type AttachmentStatus = 'attaching' | 'attached' | 'detaching';

export interface Attachment {
  /** Of the attach order; it names the attachment. */
  orderId: string;
  volumeId: string;
  instanceId: string;
  vmm: string;
  device: string;
  mode: 'r' | 'w';
  status: AttachmentStatus;
  attachTime: Date;
}

export type NewAttachment = Omit<Attachment, 'status' | 'attachTime'>;

interface Row {
  order_id: string;
  volume_id: string;
  instance_id: string;
  vmm: string;
  device: string;
  mode: 'r' | 'w';
  status: AttachmentStatus;
  attach_time: string;
}

/** @throws a unique violation if the instance has the volume, or uses the device, already. */
export async function insertAttachment(
  database: Database,
  attachment: NewAttachment,
): Promise<Attachment> {
  const time = now();
  await database('attachments').insert({
    order_id: attachment.orderId,
    volume_id: attachment.volumeId,
    instance_id: attachment.instanceId,
    vmm: attachment.vmm,
    device: attachment.device,
    mode: attachment.mode,
    status: 'attaching',
    attach_time: time,
    changed_at: time,
  });
  return { ...attachment, status: 'attaching', attachTime: new Date(time) };
}

export interface VolumeWithAttachments {
  volume: Volume;
  attachments: readonly Attachment[];
}

/**
 * A volume and its attachments as they are at one instant. What is asked most by far: one statement, ready-made.
 */
export async function findVolumeWithAttachments(
  database: Database,
  id: string,
): Promise<VolumeWithAttachments | undefined> {
  const rows = await readCommitted<VolumeRow & AttachedColumns>(database, VOLUME_WITH_ATTACHMENTS, [
    id,
  ]);
  const [row] = rows;
  if (!row) return undefined;
  return { volume: toVolume(row), attachments: rows.flatMap(toAttachmentOf) };
}

/** The columns of an attachment beside those of its volume; null if the volume has none. */
interface AttachedColumns {
  a_order_id: string | null;
  a_instance_id: string;
  a_vmm: string;
  a_device: string;
  a_mode: 'r' | 'w';
  a_status: AttachmentStatus;
  a_attach_time: string;
}

const VOLUME_WITH_ATTACHMENTS = `
  select volumes.*, a.order_id as a_order_id, a.instance_id as a_instance_id, a.vmm as a_vmm,
    a.device as a_device, a.mode as a_mode, a.status as a_status, a.attach_time as a_attach_time
  from volumes left join attachments a on a.volume_id = volumes.id
  where volumes.id = ? order by a.attach_time, a.order_id`;

function toAttachmentOf(row: VolumeRow & AttachedColumns): Attachment[] {
  if (row.a_order_id === null) return [];
  return [
    toAttachment({
      order_id: row.a_order_id,
      volume_id: row.id,
      instance_id: row.a_instance_id,
      vmm: row.a_vmm,
      device: row.a_device,
      mode: row.a_mode,
      status: row.a_status,
      attach_time: row.a_attach_time,
    }),
  ];
}

export async function attachmentsOf(database: Database, volumeId: string): Promise<Attachment[]> {
  const rows: Row[] = await database('attachments')
    .where({ volume_id: volumeId })
    .orderBy(['attach_time', 'order_id']);
  return rows.map(toAttachment);
}

export async function attachmentsOfOwner(database: Database, owner: string): Promise<Attachment[]> {
  const own = database('volumes').select('id').where({ owner });
  const rows: Row[] = await database('attachments')
    .whereIn('volume_id', own)
    .orderBy(['attach_time', 'order_id']);
  return rows.map(toAttachment);
}

/** Attachments that have been on their way since before `changedBefore`. */
export async function attachmentsUnderWay(
  database: Database,
  changedBefore: Date,
): Promise<Attachment[]> {
  const rows: Row[] = await database('attachments')
    .whereIn('status', ['attaching', 'detaching'])
    .where('changed_at', '<', changedBefore.toISOString());
  return rows.map(toAttachment);
}

/** Changes the status if it still is what it was thought to be. */
export async function moveAttachment(
  database: Database,
  { orderId }: Pick<Attachment, 'orderId'>,
  from: AttachmentStatus,
  to: AttachmentStatus,
): Promise<boolean> {
  const changed = await database('attachments')
    .where({ order_id: orderId, status: from })
    .update({ status: to, changed_at: now() });
  return changed === 1;
}

/** Removes the attachment; false if that was done before. */
export async function removeAttachment(
  database: Database,
  { orderId }: Pick<Attachment, 'orderId'>,
): Promise<boolean> {
  return (await database('attachments').where({ order_id: orderId }).delete()) === 1;
}

function toAttachment(row: Row): Attachment {
  return {
    orderId: row.order_id,
    volumeId: row.volume_id,
    instanceId: row.instance_id,
    vmm: row.vmm,
    device: row.device,
    mode: row.mode,
    status: row.status,
    attachTime: new Date(row.attach_time),
  };
}
