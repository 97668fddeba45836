import { type Html, html } from '@vbs-lustre/shared/html';
import { roughSize } from '@vbs-lustre/shared/units';
import type { DelegateReport } from '../metadata/delegateReports.js';
import type { FileInOverview } from '../metadata/overview.js';
import {
  affairCell,
  failureOf,
  fileCell,
  ownerCell,
  progressCell,
  prose,
  stateBadge,
  workCell,
  written,
} from './cells.js';
import { stateOf } from './delegates.js';
import type { Look } from './look.js';
import { type Column, table } from './table.js';
import { ago, duration, grouped } from './words.js';

const AFFAIR = 'Volume, snapshot or export';
const OWNER = { heading: 'Owner', cell: ownerCell };
const SIZE = {
  heading: 'Size',
  cell: ({ sizeBytes }: { sizeBytes: number }) => roughSize(sizeBytes),
};
/** What a copy of a volume that was written meanwhile is worth, too. */
const FILE_STATE = {
  heading: 'State',
  cell: ({ state, consistency = 'exact' }: FileInOverview) =>
    html`${stateBadge(state)}${consistency === 'exact' ? undefined : html` ${stateBadge(consistency)}`}`,
};

export function attachmentTable({ time, attachments }: Look): Html {
  return table(
    'Attachments',
    [
      { heading: 'Machine', cell: ({ instanceId }) => written(instanceId) },
      { heading: 'Host', cell: ({ vmm }) => vmm },
      { heading: 'Volume', cell: (each) => fileCell({ id: each.volumeId, tags: each.tags }) },
      { heading: 'Device', cell: ({ device }) => device },
      { heading: 'Mode', cell: ({ mode }) => (mode === 'w' ? 'w: writes' : 'r: reads') },
      { heading: 'State', cell: ({ status }) => stateBadge(status) },
      OWNER,
      { heading: 'Since', cell: ({ attachTime }) => ago(attachTime, time) },
    ],
    attachments,
  );
}

export function inProgressTable({ time, inProgress, attachments }: Look): Html {
  const underWay = attachments
    .filter(({ status }) => status !== 'attached')
    .map((each) => ({
      ...{ owner: each.owner, changedAt: each.changedAt },
      ...{ of: fileCell({ id: each.volumeId, tags: each.tags }), work: stateBadge(each.status) },
      progress: html`${written(each.instanceId)} on ${each.vmm}`,
    }));
  const affairs = inProgress.map((each) => ({
    ...{ owner: each.owner, changedAt: each.changedAt },
    ...{ of: affairCell(each), work: workCell(each), progress: progressCell(each) },
  }));
  return table(
    'In progress',
    [
      { heading: AFFAIR, cell: (each) => each.of },
      { heading: 'What', cell: ({ work }) => work },
      { heading: 'How far', cell: ({ progress }) => progress },
      OWNER,
      { heading: 'For', cell: ({ changedAt }) => duration(+time - +changedAt) },
    ],
    [...underWay, ...affairs].sort((a, b) => +a.changedAt - +b.changedAt),
  );
}

export function failureTable({ time, failures }: Look): Html {
  return table(
    'Failures',
    [
      { heading: AFFAIR, cell: affairCell },
      { heading: 'What', cell: (each) => stateBadge(failureOf(each).what) },
      { heading: 'Reason', cell: (each) => prose(failureOf(each).reason) },
      OWNER,
      { heading: 'When', cell: ({ changedAt }) => ago(changedAt, time) },
    ],
    failures,
  );
}

export function eventTable({ time, events }: Look): Html {
  return table(
    'Events',
    [
      { heading: 'What', cell: ({ action }) => action },
      { heading: 'Of', cell: ({ subjectId }) => html`<code>${subjectId}</code>` },
      { heading: 'Why', cell: ({ reason }) => prose(reason) },
      { heading: 'When', cell: (event) => ago(event.time, time) },
    ],
    events,
  );
}

/** However many there are. */
export const MAX_DELEGATES = 60;

/** Those first that are not heard. */
export function delegateTable({ time, delegates }: Look): Html {
  const order = (a: DelegateReport, b: DelegateReport) =>
    Number(a.isAlive) - Number(b.isAlive) ||
    Number(b.kind === 'volume') - Number(a.kind === 'volume');
  return table(
    'Delegates',
    [
      { heading: 'Name', cell: ({ name }) => name },
      {
        heading: 'Kind',
        cell: ({ kind, hypervisor }) =>
          kind === 'volume'
            ? 'Volume Delegate'
            : `VMM Delegate${hypervisor === undefined ? '' : ` (${hypervisor})`}`,
      },
      { heading: 'State', cell: (each) => stateBadge(stateOf(each)) },
      { heading: 'Heard', cell: ({ seenAt }) => ago(seenAt, time) },
      {
        heading: 'Orders',
        cell: ({ kind, unfinishedJobs, freeJobs }) =>
          kind === 'volume' ? `${unfinishedJobs}, room for ${freeJobs}` : undefined,
      },
      {
        heading: 'Free space',
        cell: ({ kind, availableBytes }) =>
          kind === 'volume' ? roughSize(availableBytes) : undefined,
      },
    ],
    delegates.toSorted(order).slice(0, MAX_DELEGATES),
  );
}

export function ownerTable({ owners }: Look): Html {
  return table(
    'Owners',
    [
      OWNER,
      { heading: 'Volumes', cell: ({ volumes }) => grouped(volumes) },
      { heading: 'Snapshots', cell: ({ snapshots }) => grouped(snapshots) },
      { heading: 'Together', cell: ({ bytes }) => roughSize(bytes) },
    ],
    owners,
  );
}

export function volumeTable({ time, volumes }: Look): Html {
  const origin = ({ origin: id, importFile }: FileInOverview) =>
    id ? html`<code>${id}</code>` : importFile && written(importFile);
  return table(
    'Volumes',
    [
      { heading: 'Volume', cell: fileCell },
      FILE_STATE,
      SIZE,
      OWNER,
      { heading: 'Made from', cell: origin },
      createdAt(time),
    ],
    volumes,
  );
}

export function snapshotTable({ time, snapshots }: Look): Html {
  return table(
    'Snapshots',
    [
      { heading: 'Snapshot', cell: fileCell },
      FILE_STATE,
      SIZE,
      OWNER,
      { heading: 'Of', cell: ({ origin }) => html`<code>${origin}</code>` },
      { heading: 'Description', cell: ({ description }) => prose(description) },
      createdAt(time),
    ],
    snapshots,
  );
}

function createdAt(now: Date): Column<FileInOverview> {
  return { heading: 'Created', cell: ({ createTime }) => ago(createTime, now) };
}
