import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { SNAPSHOT_FILTERS } from '../metadata/filters.js';
import { snapshotsPage } from '../metadata/snapshots.js';
import { askedReach } from './askedReach.js';
import { askedPage, cutPage } from './pages.js';
import { presentSnapshot, seenBy } from './present.js';
import { checkRestorable } from './validate.js';

/** The caller's snapshots, those that he may use, or those that are named: those that pass the filters, page by page. */
export function describeSnapshots({ database }: FrontEnd): UserOperation<'DescribeSnapshots'> {
  return async (request, { userId }) => {
    const ids = request.snapshotSet?.item.map(({ snapshotId }) => snapshotId) ?? [];
    const reach = askedReach(request, userId);
    const { ownersSet, restorableBySet } = request;
    const others = { ownersSet, restorableBySet };
    const page = askedPage('DescribeSnapshots', request, ids, userId, SNAPSHOT_FILTERS, others);
    // What is gone since the first page was there then.
    if (!page.query.after) await checkRestorable(database, ids, userId);
    const rows = await snapshotsPage(database, page.query, reach);
    const { shown, nextToken } = cutPage(
      page,
      rows.map((snapshot) => seenBy(userId, snapshot)),
      (snapshot) => snapshot,
      ({ tags }) => 1 + tags.length,
    );
    return { snapshotSet: { item: shown.map(presentSnapshot) }, nextToken };
  };
}
