import { type Database, now } from './database.js';

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
