import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { eventsOf } from '../metadata/events.js';
import { tableOf } from '../metadata/files.js';
import { placeIn, tokenAfter } from './nextToken.js';
import { checkMaxResults, MAX_RESULTS } from './pages.js';
import { presentEvent } from './presentEvent.js';
import { checkOwn } from './validate.js';

/** What was done to the caller's volume, snapshot or export task without a request for it, or at a risk: the last of it first. */
export function describeEvents({ database }: FrontEnd): UserOperation<'DescribeEvents'> {
  return async ({ resourceId, maxResults = MAX_RESULTS, nextToken }, { userId }) => {
    checkMaxResults(maxResults);
    const question = { operation: 'DescribeEvents', owner: userId, resourceId };
    const after = nextToken === undefined ? undefined : placeIn(nextToken, question);
    const table = resourceId.startsWith('export-') ? 'exports' : tableOf(resourceId);
    await checkOwn(database, table, [resourceId], userId);
    // One more shows whether there is a next page.
    const events = await eventsOf(
      database,
      resourceId,
      maxResults + 1,
      after && Number.parseInt(after.id, 10),
    );
    const shown = events.slice(0, maxResults);
    const last = shown.at(-1);
    const place = last && { createTime: last.time.toISOString(), id: String(last.id) };
    return {
      eventSet: { item: shown.map(presentEvent) },
      nextToken: place && shown.length < events.length ? tokenAfter(place, question) : undefined,
    };
  };
}
