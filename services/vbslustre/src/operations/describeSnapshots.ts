import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { SNAPSHOT_FILTERS } from '../metadata/filters.js';
import { snapshotsPage } from '../metadata/snapshots.js';
import { askedPage, cutPage } from './pages.js';
import { presentSnapshot } from './present.js';
import { checkOwn } from './validate.js';

/** The caller's snapshots, or those that are named: those that pass the filters, page by page. */
export function describeSnapshots({ database }: FrontEnd): UserOperation<'DescribeSnapshots'> {
  return async (request, { userId }) => {
    const ids = request.snapshotSet?.item.map(({ snapshotId }) => snapshotId) ?? [];
    const page = askedPage('DescribeSnapshots', request, ids, userId, SNAPSHOT_FILTERS);
    // What is gone since the first page was there then.
    if (!page.query.after) await checkOwn(database, 'snapshots', ids, userId);
    const rows = await snapshotsPage(database, page.query);
    const { shown, nextToken } = cutPage(
      page,
      rows,
      (snapshot) => snapshot,
      ({ tags }) => 1 + tags.length,
    );
    return { snapshotSet: { item: shown.map(presentSnapshot) }, nextToken };
  };
}
