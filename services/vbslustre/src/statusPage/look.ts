import type { FrontEnd } from '../frontEnd.js';
import { type DelegateInOverview, delegatesInOverview } from '../metadata/delegatesInOverview.js';
import { type Event, lastEvents } from '../metadata/events.js';
import {
  type AttachmentInOverview,
  attachmentsInOverview,
  countAttachments,
  type FileInOverview,
  type FilesQuery,
  filesInOverview,
  largestOwners,
  type OwnerInOverview,
  type Sum,
  sumStates,
  type Whose,
} from '../metadata/overview.js';
import { FAILURE } from '../metadata/states.js';

/** Of each there are at most so many on the page, however many there are. */
const SHOWN = {
  attachments: 40,
  inProgress: 30,
  failures: 20,
  newest: 25,
  events: 20,
  owners: 20,
  delegates: 60,
} as const;

const UNDER_WAY = ['pending', 'deleting', 'modifying'] as const;

/** What the page shows, as it was at one time. */
export interface Look {
  time: Date;
  owner: Whose;
  sums: readonly Sum[];
  attachmentCount: number;
  attachments: readonly AttachmentInOverview[];
  inProgress: readonly FileInOverview[];
  failures: readonly FileInOverview[];
  volumes: readonly FileInOverview[];
  snapshots: readonly FileInOverview[];
  delegates: readonly DelegateInOverview[];
  /** None, as of the events, if the page is of one owner. */
  owners: readonly OwnerInOverview[];
  events: readonly Event[];
}

/** Looks at everything, or at what an owner has: a few queries, of which each gives so many rows. */
export async function lookAround(frontEnd: FrontEnd, owner: Whose): Promise<Look> {
  const { database, volumeDelegates } = frontEnd;
  const { aliveSeconds } = volumeDelegates.roster;
  const longest = { column: 'changed_at', order: 'asc', limit: SHOWN.inProgress } as const;
  const latest = { column: 'changed_at', order: 'desc', limit: SHOWN.failures } as const;
  const newest = { owner, column: 'create_time', order: 'desc', limit: SHOWN.newest } as const;
  return {
    ...{ time: new Date(), owner },
    sums: await sumStates(database, owner),
    attachmentCount: await countAttachments(database, owner),
    attachments: await attachmentsInOverview(database, owner, SHOWN.attachments),
    inProgress: await ofBoth(frontEnd, { owner, statuses: UNDER_WAY, ...longest }),
    failures: await ofBoth(frontEnd, { owner, statuses: [FAILURE], ...latest }),
    volumes: await filesInOverview(database, 'volumes', newest),
    snapshots: await filesInOverview(database, 'snapshots', newest),
    delegates: await delegatesInOverview(database, aliveSeconds, SHOWN.delegates),
    owners: owner === undefined ? await largestOwners(database, SHOWN.owners) : [],
    events: owner === undefined ? await lastEvents(database, SHOWN.events) : [],
  };
}

/** Volumes and snapshots together, by their last change. */
async function ofBoth({ database }: FrontEnd, query: FilesQuery): Promise<FileInOverview[]> {
  const sign = query.order === 'asc' ? 1 : -1;
  return [
    ...(await filesInOverview(database, 'volumes', query)),
    ...(await filesInOverview(database, 'snapshots', query)),
  ]
    .sort((a, b) => sign * (a.changedAt.getTime() - b.changedAt.getTime()))
    .slice(0, query.limit);
}
