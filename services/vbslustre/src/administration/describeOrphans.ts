import type { vbslustreAdmin } from '@vbs-lustre/wsdl';
import type { FrontEnd } from '../frontEnd.js';
import { type OrphanEvent, orphanEvents } from '../metadata/orphanEvents.js';
import { placeIn, tokenAfter } from '../operations/nextToken.js';
import { checkMaxResults, MAX_RESULTS } from '../operations/pages.js';
import type { AdminOperation } from './administration.js';

const QUESTION = { operation: 'DescribeOrphans' };

/** What the reconciler has found to be without its counterpart, and what it has done about that: the last of it first. */
export function describeOrphans({ database }: FrontEnd): AdminOperation<'DescribeOrphans'> {
  return async ({ maxResults = MAX_RESULTS, nextToken }) => {
    checkMaxResults(maxResults);
    const after = nextToken === undefined ? undefined : placeIn(nextToken, QUESTION);
    // One more shows whether there is a next page.
    const before = after && Number.parseInt(after.id, 10);
    const events = await orphanEvents(database, maxResults + 1, before);
    const shown = events.slice(0, maxResults);
    const last = shown.at(-1);
    const place = last && { createTime: last.time.toISOString(), id: String(last.id) };
    return {
      orphanSet: { item: shown.map(present) },
      nextToken: place && shown.length < events.length ? tokenAfter(place, QUESTION) : undefined,
    };
  };
}

function present(event: OrphanEvent): vbslustreAdmin.Orphan {
  const { action, subjectId: id, time, reason, details } = event;
  const text = (name: string): string => String(details[name] ?? '');
  switch (action) {
    case 'file-set-aside':
      return isNothing(event)
        ? { kind: 'file', id, time, reason, done: 'removed' }
        : {
            ...{ kind: 'file', id, time, reason, done: 'set aside' },
            place: `.aside/${id}.${text('orderId')}`,
          };
    case 'stray-detached':
      return {
        ...{ kind: 'attachment', id, time, reason, done: 'detached' },
        place: `${text('instanceId')} ${text('device')}`,
      };
    case 'file-lost':
      return { kind: 'record', id, time, reason, done: event.isOpen ? 'none' : 'over' };
  }
}

/** Of an export, and of a part that is empty, there is nothing to keep. */
function isNothing({ subjectId, details }: OrphanEvent): boolean {
  return subjectId.startsWith('.export-') || (subjectId.startsWith('.') && details.sizeBytes === 0);
}
