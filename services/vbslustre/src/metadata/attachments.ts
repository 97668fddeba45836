import { type Database, now, readCommitted } from './database.js';
import { filterVolumes } from './filters.js';
import { type PageQuery, pageRows } from './pages.js';
import { type AttachmentStatus, change, firstStatus, NONE } from './states.js';

import { type Tag, type TagsColumn, tagsColumn, toTags } from './tags.js';
import { toVolume, type Volume, type VolumeRow } from './volumes.js';

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

export interface AttachmentRow {
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
  const status = firstStatus('attachment');
  await database('attachments').insert({
    order_id: attachment.orderId,
    volume_id: attachment.volumeId,
    instance_id: attachment.instanceId,
    vmm: attachment.vmm,
    device: attachment.device,
    mode: attachment.mode,
    status,
    attach_time: time,
    changed_at: time,
  });
  return { ...attachment, status, attachTime: new Date(time) };
}

export interface VolumeWithAttachments {
  volume: Volume;
  attachments: readonly Attachment[];
  tags: readonly Tag[];
}

/**
 * A volume and its attachments as they are at one instant. What is asked most by far: one statement, ready-made.
 */
export async function findVolumeWithAttachments(
  database: Database,
  id: string,
): Promise<VolumeWithAttachments | undefined> {
  const rows = await readCommitted<JoinedRow>(database, volumeWithAttachments(database), [id]);
  const [row] = rows;
  if (!row) return undefined;
  return {
    volume: toVolume(row),
    attachments: rows.flatMap(toAttachmentOf),
    tags: toTags(row),
  };
}

/** A page of volumes and their attachments as they are at one instant: one statement. */
export async function volumesPage(
  database: Database,
  query: PageQuery,
): Promise<VolumeWithAttachments[]> {
  const page = pageRows(database, 'volumes', query);
  filterVolumes(page, query.filters);
  const rows: JoinedRow[] = await database
    .select('volumes.*', database.raw(ATTACHED_COLUMNS))
    .from(page.as('volumes'))
    .leftJoin('attachments as a', 'a.volume_id', 'volumes.id')
    .orderBy(['volumes.create_time', 'volumes.id', 'a.attach_time', 'a.order_id']);
  const found = new Map<string, VolumeWithAttachments & { attachments: Attachment[] }>();
  for (const row of rows) {
    const one = found.get(row.id) ?? { volume: toVolume(row), attachments: [], tags: toTags(row) };
    one.attachments.push(...toAttachmentOf(row));
    found.set(row.id, one);
  }
  return [...found.values()];
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

type JoinedRow = VolumeRow & TagsColumn & AttachedColumns;

const ATTACHED_COLUMNS = `a.order_id as a_order_id, a.instance_id as a_instance_id, a.vmm as a_vmm,
  a.device as a_device, a.mode as a_mode, a.status as a_status, a.attach_time as a_attach_time`;

/** Cast: for a bare parameter of a join SQLite plans the statement anew each time that it has another value. */
const volumeWithAttachments = (database: Database): string => `
  select volumes.*, ${tagsColumn(database, 'volumes')}, ${ATTACHED_COLUMNS} from volumes left join attachments a on a.volume_id = volumes.id
  where volumes.id = cast(? as text) order by a.attach_time, a.order_id`;

function toAttachmentOf(row: JoinedRow): Attachment[] {
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

export async function findAttachment(
  database: Database,
  orderId: string,
): Promise<Attachment | undefined> {
  const row: AttachmentRow | undefined = await database('attachments')
    .where({ order_id: orderId })
    .first();
  return row && toAttachment(row);
}

export async function attachmentsOf(database: Database, volumeId: string): Promise<Attachment[]> {
  const rows: AttachmentRow[] = await database('attachments')
    .where({ volume_id: volumeId })
    .orderBy(['attach_time', 'order_id']);
  return rows.map(toAttachment);
}

/** The attachments on a host. */
export async function attachmentsOn(database: Database, vmm: string): Promise<Attachment[]> {
  const rows: AttachmentRow[] = await database('attachments').where({ vmm });
  return rows.map(toAttachment);
}

/** Attachments that have been on their way since before `changedBefore`. */
export async function attachmentsUnderWay(
  database: Database,
  changedBefore: Date,
): Promise<Attachment[]> {
  const rows: AttachmentRow[] = await database('attachments')
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
  return change(database, 'attachment', orderId, { from: [from], to });
}

/** Removes the attachment; false if that was done before. */
export async function removeAttachment(
  database: Database,
  { orderId }: Pick<Attachment, 'orderId'>,
): Promise<boolean> {
  const from = ['attaching', 'attached', 'detaching'] as const;
  return change(database, 'attachment', orderId, { from, to: NONE });
}

export function toAttachment(row: AttachmentRow): Attachment {
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
