import { parsePartName } from '@vbs-lustre/shared/partName';
import type { volumeDelegate } from '@vbs-lustre/wsdl';
import type { Database } from '../metadata/database.js';
import { awaitedOrders, deletedFiles } from '../metadata/expectedFiles.js';
import { activeExports } from '../metadata/exports.js';

/**
 * Of these parts, those that nothing waits for. Those of an export are waited for until it has ended, whatever order they were
 * made for: they show that the file in the user's folder is its own. And what is being deleted is deleted with its parts.
 */
export async function strayParts(
  database: Database,
  parts: readonly volumeDelegate.File[],
): Promise<volumeDelegate.File[]> {
  const orderIds = parts.flatMap(({ orderId }) => orderId ?? []);
  const awaited = await awaitedOrders(database, orderIds);
  const active = await activeExports(
    database,
    parts.flatMap((part) => exportOf(part) ?? []),
  );
  const deleted = await deletedFiles(database, parts.map(fileOf));
  return parts.filter(
    (part) =>
      !awaited.has(part.orderId ?? '') &&
      !active.has(exportOf(part) ?? '') &&
      !deleted.has(fileOf(part)),
  );
}

function fileOf({ name }: volumeDelegate.File): string {
  return parsePartName(name)?.id ?? '';
}

function exportOf({ name }: volumeDelegate.File): string | undefined {
  return /^\.(export-[0-9a-f]{17})\./.exec(name)?.[1];
}
