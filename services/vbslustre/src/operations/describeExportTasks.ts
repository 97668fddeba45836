import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { exportsPage } from '../metadata/exports.js';
import { askedPage, cutPage } from './pages.js';
import { presentExport } from './presentExport.js';
import { checkOwn } from './validate.js';

/** The caller's export tasks, or those that are named, page by page. */
export function describeExportTasks({ database }: FrontEnd): UserOperation<'DescribeExportTasks'> {
  return async (request, { userId }) => {
    const ids = request.exportTaskSet?.item.map(({ exportTaskId }) => exportTaskId) ?? [];
    const page = askedPage('DescribeExportTasks', request, ids, userId, []);
    // What is gone since the first page was there then.
    if (!page.query.after) await checkOwn(database, 'exports', ids, userId);
    const rows = await exportsPage(database, page.query);
    const { shown, nextToken } = cutPage(
      page,
      rows,
      (task) => task,
      () => 1,
    );
    return { exportTaskSet: { item: shown.map(presentExport) }, nextToken };
  };
}
