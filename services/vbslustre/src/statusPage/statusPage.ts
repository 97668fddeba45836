import { type Html, html, type Part } from '@vbs-lustre/shared/html';
import { written } from './cells.js';
import { stateOf } from './delegates.js';
import type { Look } from './look.js';
import { type Host, picture } from './picture.js';
import { summary } from './summary.js';
import {
  attachmentTable,
  delegateTable,
  eventTable,
  failureTable,
  inProgressTable,
  MAX_DELEGATES,
  ownerTable,
  snapshotTable,
  volumeTable,
} from './tables.js';
import { commonName, grouped } from './words.js';

/** Hosts on which nothing is attached that are drawn. */
const IDLE_HOSTS = 8;

/** The whole page, as a look has found things. @param site its address, as people know it */
export function statusPage(look: Look, site: string): string {
  const { time, owner } = look;
  const clock = time.toISOString();
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<noscript><meta http-equiv="refresh" content="10"></noscript>
<title>${owner === undefined ? '' : `${commonName(owner)}: `}VBS-Lustre</title>
<link rel="stylesheet" href="status.css">
<link rel="stylesheet" href="status-picture.css">
<script src="status.js" defer></script>
</head>
<body>
<header>
<h1>VBS-Lustre</h1>
<p>${site}, as of <time datetime="${clock}">${clock.slice(0, 19).replace('T', ' ')} UTC</time> <span id="late" role="status"></span></p>
${owner === undefined ? undefined : html`<p class="filter">Only what ${written(owner)} has. <a href="status">Show everything</a></p>`}
</header>
<main>
${sections(look)}
</main>
<footer><p>This page changes nothing. Machines without volumes are not known here.</p></footer>
</body>
</html>
`.text;
}

function sections(look: Look): Html {
  const { inProgress, failures, plights, volumes, snapshots, delegates, owners, events } = look;
  const underWay = look.attachments.filter(({ status }) => status !== 'attached').length;
  return html`${section('summary', 'Summary', [summary(look)])}
${section('holders', 'Who holds what', whoHoldsWhat(look))}
${section('progress', 'In progress', [
  inProgress.length + underWay > 0 ? inProgressTable(look) : nothing('Nothing is under way.'),
  more(plights.underWay, inProgress.length),
])}
${section('failures', 'Failures', [
  failures.length > 0 ? failureTable(look) : nothing('Nothing has failed.'),
  more(plights.failed, failures.length),
])}
${section('delegates', 'Delegates', [
  delegates.length > 0 ? delegateTable(look) : nothing('No delegate was ever heard.'),
  more(delegates.length, MAX_DELEGATES),
])}
${section('volumes', 'Newest volumes', [
  volumes.length > 0 ? volumeTable(look) : nothing('There are none.'),
])}
${section('snapshots', 'Newest snapshots', [
  snapshots.length > 0 ? snapshotTable(look) : nothing('There are none.'),
])}
${owners.length > 0 ? section('owners', 'Who has most', [ownerTable(look)]) : undefined}
${events.length > 0 ? section('events', 'Last events', [eventTable(look)]) : undefined}`;
}

function whoHoldsWhat(look: Look): Part[] {
  const { attachments, attachmentCount } = look;
  const hosts = hostsOf(look);
  if (hosts.length === 0) return [nothing('Nothing is attached.')];
  const keys = html`<p class="key"><span class="w">writes</span> <span class="r">reads</span> <span class="attaching">under way</span></p>`;
  if (attachments.length === 0) return [nothing('Nothing is attached.'), picture(hosts, [])];
  return [
    keys,
    picture(hosts, attachments),
    more(attachmentCount, attachments.length),
    html`<details id="attachments"><summary>The same as a table</summary>${attachmentTable(look)}</details>`,
  ];
}

/** Those with attachments, and of the others some, rather those that are not heard. */
function hostsOf({ attachments, delegates, owner }: Look): Host[] {
  const known = new Map<string, string>(
    delegates.filter(({ kind }) => kind === 'vmm').map((each) => [each.name, stateOf(each)]),
  );
  const busy = [...new Set(attachments.map(({ vmm }) => vmm))];
  const idle = [...known.keys()]
    .filter((name) => !busy.includes(name))
    .sort((a, b) => Number(known.get(b) === 'silent') - Number(known.get(a) === 'silent'))
    .slice(0, IDLE_HOSTS);
  const names = owner === undefined ? [...busy, ...idle] : busy;
  return names.sort().map((name) => ({ name, state: known.get(name) ?? 'unknown' }));
}

function section(id: string, heading: string, content: readonly Part[]): Html {
  return html`<section id="${id}" aria-labelledby="${id}-heading"><h2 id="${id}-heading">${heading}</h2>
${content}</section>
`;
}

function more(all: number, shown: number): Html | undefined {
  const rest = all - shown;
  return rest > 0 ? html`<p class="more">and ${grouped(rest)} more</p>` : undefined;
}

function nothing(words: string): Html {
  return html`<p class="nothing">${words}</p>`;
}
