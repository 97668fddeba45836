import type { Database } from './database.js';
import { type ExportRow, type ExportTask, toExport } from './exports.js';
import type { FilesQuery } from './overview.js';
import { type Plight, thoseWith } from './plights.js';
import { of } from './whose.js';

export interface ExportInOverview extends ExportTask {
  changedAt: Date;
}

/** So many exports of all owners that are under way, or that have failed. */
export async function exportsInOverview(
  database: Database,
  { owner, plight, order, limit }: Omit<FilesQuery, 'plight' | 'column'> & { plight: Plight },
): Promise<ExportInOverview[]> {
  const inOrder = ['changed_at', 'id'].map((column) => ({ column, order }));
  const some = of(owner, database('exports').orderBy(inOrder).limit(limit));
  const rows: ExportRow[] = await thoseWith(some, 'exports', plight);
  return rows.map((row) => ({ ...toExport(row), changedAt: new Date(row.changed_at) }));
}
