import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { vbslustre } from '@vbs-lustre/wsdl';
import type { Database } from '../metadata/database.js';
import type { FileTable } from '../metadata/files.js';
import { lockOwn } from '../metadata/tags.js';
import { endDryRun } from './dryRun.js';
import { notFound } from './validate.js';

const MAX_RESOURCES = 1000;

/** What a request names, by table. */
export type Resources = ReadonlyMap<FileTable, readonly string[]>;

/** @throws {ServiceFault} */
export function resourcesOf({ item }: vbslustre.ResourceIdSet): Resources {
  const ids = [...new Set(item.map(({ resourceId }) => resourceId))];
  if (ids.length === 0) {
    throw new ServiceFault('MissingParameter', 'The parameter resourceId is missing; give one.');
  }
  if (ids.length > MAX_RESOURCES) {
    throw new ServiceFault(
      'InvalidParameterValue',
      `At most ${MAX_RESOURCES} resources can be named in a request; use several.`,
    );
  }
  const isSnapshot = (id: string) => id.startsWith('snap-');
  return new Map([
    ['volumes', ids.filter((id) => !isSnapshot(id))],
    ['snapshots', ids.filter(isSnapshot)],
  ]);
}

/**
 * Changes the tags of everything that is named, or of nothing.
 * @param change of those of one table
 * @throws {ServiceFault} `InvalidVolume.NotFound` or `InvalidSnapshot.NotFound` if one is not the caller's;
 *   `DryRunOperation` if it would have been done
 */
export async function changeTags(
  database: Database,
  resources: Resources,
  { userId, dryRun }: { userId: string; dryRun: boolean | undefined },
  change: (transaction: Database, table: FileTable, ids: readonly string[]) => Promise<void>,
): Promise<void> {
  await database.transaction(async (transaction) => {
    for (const [table, ids] of resources) {
      if (ids.length === 0) continue;
      const own = new Set(await lockOwn(transaction, table, ids, userId));
      const other = ids.find((id) => !own.has(id));
      if (other !== undefined) throw notFound(table, other);
      await change(transaction, table, ids);
    }
    endDryRun({ dryRun });
  });
}
