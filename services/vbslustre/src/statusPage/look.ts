import type { FrontEnd } from '../frontEnd.js';
import { type DelegateReport, delegateReports } from '../metadata/delegateReports.js';
import { type Event, lastEvents } from '../metadata/events.js';
import { type ExportInOverview, exportsInOverview } from '../metadata/exportsInOverview.js';
import {
  type AttachmentInOverview,
  attachmentsInOverview,
  countAttachments,
  type FileInOverview,
  filesInOverview,
  largestOwners,
  type OwnerInOverview,
  type Sum,
  sumStates,
} from '../metadata/overview.js';
import { countPlights, type Plight, type Plights } from '../metadata/plights.js';
import type { Whose } from '../metadata/whose.js';

/** Of each there are at most so many on the page, however many there are. */
const SHOWN = {
  attachments: 40,
  inProgress: 30,
  failures: 20,
  newest: 25,
  events: 20,
  owners: 20,
} as const;

/** How long a failure is news, in milliseconds: its volume stays until its owner deletes it. */
const LATELY_MS = 24 * 3_600_000;

/** What an order is waited for, or has failed. */
export type Affair = FileInOverview | ExportInOverview;

/** What the page shows, as it was at one time. */
export interface Look {
  time: Date;
  owner: Whose;
  sums: readonly Sum[];
  attachmentCount: number;
  attachments: readonly AttachmentInOverview[];
  /** What is under way for longest, and what has failed last. */
  inProgress: readonly Affair[];
  failures: readonly Affair[];
  plights: Plights;
  volumes: readonly FileInOverview[];
  snapshots: readonly FileInOverview[];
  /** All. */
  delegates: readonly DelegateReport[];
  /** None, as of the events, if the page is of one owner. */
  owners: readonly OwnerInOverview[];
  events: readonly Event[];
}

/** Looks at everything, or at what an owner has: a few queries, of which each gives so many rows. */
export async function lookAround(frontEnd: FrontEnd, owner: Whose): Promise<Look> {
  const { database, volumeDelegates } = frontEnd;
  const { aliveSeconds } = volumeDelegates.roster;
  const longest = { owner, plight: 'under way', order: 'asc', limit: SHOWN.inProgress } as const;
  const latest = { owner, plight: 'failed', order: 'desc', limit: SHOWN.failures } as const;
  const newest = { owner, column: 'create_time', order: 'desc', limit: SHOWN.newest } as const;
  const time = new Date();
  return {
    ...{ time, owner },
    sums: await sumStates(database, owner),
    attachmentCount: await countAttachments(database, owner),
    attachments: await attachmentsInOverview(database, owner, SHOWN.attachments),
    inProgress: await affairs(frontEnd, longest),
    failures: await affairs(frontEnd, latest),
    plights: await countPlights(database, owner, new Date(+time - LATELY_MS)),
    volumes: await filesInOverview(database, 'volumes', newest),
    snapshots: await filesInOverview(database, 'snapshots', newest),
    delegates: await delegateReports(database, aliveSeconds),
    owners: owner === undefined ? await largestOwners(database, SHOWN.owners) : [],
    events: owner === undefined ? await lastEvents(database, SHOWN.events) : [],
  };
}

/** Volumes, snapshots and exports together, by their last change. */
async function affairs(
  { database }: FrontEnd,
  query: { owner: Whose; plight: Plight; order: 'asc' | 'desc'; limit: number },
): Promise<Affair[]> {
  const sign = query.order === 'asc' ? 1 : -1;
  const byChange = { ...query, column: 'changed_at' } as const;
  return [
    ...(await filesInOverview(database, 'volumes', byChange)),
    ...(await filesInOverview(database, 'snapshots', byChange)),
    ...(await exportsInOverview(database, query)),
  ]
    .sort((a, b) => sign * (a.changedAt.getTime() - b.changedAt.getTime()))
    .slice(0, query.limit);
}
