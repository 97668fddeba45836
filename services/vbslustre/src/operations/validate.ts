import { ServiceFault } from '@vbs-lustre/shared/faults';
import { isId } from '@vbs-lustre/shared/ids';
import { findVolumeWithAttachments, type VolumeWithAttachments } from '../metadata/attachments.js';
import type { TokenUse } from '../metadata/clientTokens.js';
import type { Database } from '../metadata/database.js';
import { type ExportTask, findExport } from '../metadata/exports.js';
import type { OrderTable } from '../metadata/files.js';
import { ownIds } from '../metadata/pages.js';
import {
  findRestorable,
  findSnapshot,
  restorableIds,
  type Snapshot,
} from '../metadata/snapshots.js';
import { findVolume, type Volume } from '../metadata/volumes.js';

const MAX_TOKEN = 64;
const MAX_NAME = 255;

/**
 * The volume, if it is the caller's. Someone else's and none at all get the same answer.
 * @throws {ServiceFault} `InvalidVolume.NotFound`
 */
export async function ownVolume(database: Database, id: string, userId: string): Promise<Volume> {
  const volume = isId('vol', id) ? await findVolume(database, id) : undefined;
  if (volume?.owner === userId) return volume;
  throw noVolume(id);
}

/**
 * The volume, if it is the caller's, and its attachments at the same instant.
 * @throws {ServiceFault} `InvalidVolume.NotFound`
 */
export async function ownVolumeWithAttachments(
  database: Database,
  id: string,
  userId: string,
): Promise<VolumeWithAttachments> {
  const found = isId('vol', id) ? await findVolumeWithAttachments(database, id) : undefined;
  if (found?.volume.owner === userId) return found;
  throw noVolume(id);
}

function noVolume(id: string): ServiceFault {
  return new ServiceFault('InvalidVolume.NotFound', `${shown(id)} does not exist or is not yours.`);
}

/**
 * The snapshot, if it is the caller's.
 * @throws {ServiceFault} `InvalidSnapshot.NotFound`
 */
export async function ownSnapshot(
  database: Database,
  id: string,
  userId: string,
): Promise<Snapshot> {
  const snapshot = isId('snap', id) ? await findSnapshot(database, id) : undefined;
  if (snapshot?.owner === userId) return snapshot;
  throw noSnapshot(id);
}

/**
 * The snapshot, if the caller may make volumes from it: his, or shared with him or with all.
 * @throws {ServiceFault} `InvalidSnapshot.NotFound`
 */
export async function restorableSnapshot(
  database: Database,
  id: string,
  userId: string,
): Promise<Snapshot> {
  const snapshot = isId('snap', id) ? await findRestorable(database, id, userId) : undefined;
  if (snapshot) return snapshot;
  throw noSnapshot(id);
}

function noSnapshot(id: string): ServiceFault {
  return new ServiceFault(
    'InvalidSnapshot.NotFound',
    `${shown(id)} does not exist or is not yours.`,
  );
}

/**
 * The export task, if it is the caller's.
 * @throws {ServiceFault} `InvalidExportTaskID.NotFound`
 */
export async function ownExport(
  database: Database,
  id: string,
  userId: string,
): Promise<ExportTask> {
  const task = isId('export', id) ? await findExport(database, id) : undefined;
  if (task?.owner === userId) return task;
  throw noExport(id);
}

function noExport(id: string): ServiceFault {
  return new ServiceFault(
    'InvalidExportTaskID.NotFound',
    `${shown(id)} does not exist or is not yours.`,
  );
}

/**
 * @param ids of volumes, snapshots or export tasks
 * @throws {ServiceFault} `InvalidVolume.NotFound`, `InvalidSnapshot.NotFound` or `InvalidExportTaskID.NotFound` if one of them is not the caller's
 */
export async function checkOwn(
  database: Database,
  table: OrderTable,
  ids: readonly string[],
  userId: string,
): Promise<void> {
  if (ids.length === 0) return;
  const own = await ownIds(database, table, ids, userId);
  const other = ids.find((id) => !own.has(id));
  if (other !== undefined) throw notFound(table, other);
}

/** @throws {ServiceFault} `InvalidSnapshot.NotFound` if the caller may not make volumes from one of them */
export async function checkRestorable(
  database: Database,
  ids: readonly string[],
  userId: string,
): Promise<void> {
  if (ids.length === 0) return;
  const restorable = await restorableIds(database, ids, userId);
  const other = ids.find((id) => !restorable.has(id));
  if (other !== undefined) throw noSnapshot(other);
}

/** Someone else's and none at all get the same answer. */
export function notFound(table: OrderTable, id: string): ServiceFault {
  if (table === 'exports') return noExport(id);
  return table === 'volumes' ? noVolume(id) : noSnapshot(id);
}

/**
 * A device name in its short form: `xvdb` to `xvdz`.
 * @throws {ServiceFault} `InvalidParameterValue`
 */
export function checkDevice(device: string): string {
  const name = device.replace(/^\/dev\//, '');
  if (/^xvd[b-z]$/.test(name)) return name;
  throw new ServiceFault(
    'InvalidParameterValue',
    'The parameter device must be xvdb to xvdz, such as xvdb or /dev/xvdb.',
  );
}

/** The name of a VM or host. @throws {ServiceFault} `InvalidParameterValue` */
export function checkName(parameter: string, name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._:-]*$/.test(name) && name.length <= MAX_NAME) return name;
  throw new ServiceFault(
    'InvalidParameterValue',
    `The parameter ${parameter} is not a name of letters, digits, dots and dashes.`,
  );
}

/** @throws {ServiceFault} `InvalidParameterValue` */
export function checkLength(parameter: string, text: string | undefined, limit = MAX_TOKEN): void {
  if (text === undefined || text.length <= limit) return;
  throw new ServiceFault(
    'InvalidParameterValue',
    `The parameter ${parameter} is longer than ${limit} characters.`,
  );
}

/**
 * What the request's client token stands for.
 * @throws {ServiceFault} `InvalidParameterValue` if it is too long
 */
export function tokenUse(
  operation: string,
  { dryRun, ...request }: { clientToken?: string | undefined; dryRun?: boolean | undefined },
  owner: string,
): TokenUse {
  checkLength('clientToken', request.clientToken);
  return { owner, token: request.clientToken, request: { operation, ...request }, dryRun };
}

/** What a caller gave as an id, fit to be repeated to him. */
function shown(id: string): string {
  return id.length <= 40 ? id : `${id.slice(0, 40)}…`;
}
