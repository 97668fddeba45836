import { type Html, html } from '@vbs-lustre/shared/html';
import { roughSize } from '@vbs-lustre/shared/units';
import type { DelegateKind } from '../metadata/delegates.js';
import { affairCell, failureOf, prose } from './cells.js';
import type { Look } from './look.js';
import { space } from './space.js';
import { ago, grouped } from './words.js';

/** Names that one reads in a sentence. */
const NAMED = 5;
/** A hypervisor answers within a minute, or never does; in milliseconds. */
const SLOW_ATTACHMENT_MS = 5 * 60_000;
/** Beside the sizes of volumes and snapshots: new ones will soon be refused, and thin ones may not be filled. */
const LITTLE_SPACE = 0.05;

const KINDS: Readonly<Record<DelegateKind, string>> = {
  volume: 'Volume Delegate',
  vmm: 'VMM Delegate',
};

/** Whether somebody should do something, and where on the page one reads more. */
export function verdict(look: Look): Html {
  const complaints = [
    ...(['volume', 'vmm'] as const).map((kind) => ofDelegates(look, kind)),
    ofFailures(look),
    ofAttachments(look),
    ofSpace(look),
  ].filter((each) => each !== undefined);
  if (complaints.length === 0) {
    return html`<p class="verdict">All is well: every delegate is heard, and nothing has failed for a day.</p>`;
  }
  return html`<div class="verdict trouble"><p>Look at this:</p>
<ul>${complaints.map((each) => html`<li>${each}</li>\n`)}</ul></div>`;
}

function ofDelegates({ delegates }: Look, kind: DelegateKind): Html | undefined {
  const all = delegates.filter((each) => each.kind === kind);
  const silent = all.filter(({ isAlive }) => !isAlive).map(({ name }) => name);
  if (silent.length === all.length) {
    return html`<a href="#delegates">no ${KINDS[kind]} is heard</a>`;
  }
  if (silent.length === 0) return undefined;
  const named = silent.slice(0, NAMED).join(', ');
  const rest = silent.length - NAMED;
  return html`<a href="#delegates">not heard</a>: ${KINDS[kind]} ${named}${rest > 0 ? ` and ${grouped(rest)} more` : undefined}`;
}

function ofFailures({ plights, failures, time }: Look): Html | undefined {
  const [last] = failures;
  if (plights.failedLately === 0 || last === undefined) return undefined;
  return html`<a href="#failures">failed: ${grouped(plights.failedLately)}</a>, the last one ${ago(last.changedAt, time)}:
${affairCell(last)} ${prose(failureOf(last).reason)}`;
}

function ofAttachments({ attachments, time }: Look): Html | undefined {
  const slow = attachments.filter(
    ({ status, changedAt }) => status !== 'attached' && +time - +changedAt > SLOW_ATTACHMENT_MS,
  );
  if (slow.length === 0) return undefined;
  return html`<a href="#progress">attaching or detaching for more than 5 min: ${grouped(slow.length)}</a>`;
}

function ofSpace(look: Look): Html | undefined {
  const { sizes, free } = space(look);
  if (look.owner !== undefined) return undefined;
  if (free === undefined || free >= LITTLE_SPACE * sizes) return undefined;
  return html`little space: ${roughSize(free)} free`;
}
