import { type Html, html, type Part } from '@vbs-lustre/shared/html';
import { roughSize } from '@vbs-lustre/shared/units';
import type { FileTable } from '../metadata/files.js';
import type { Look } from './look.js';
import { grouped } from './words.js';

/** In few words, whether somebody should do something; and what there is, in numbers. */
export function summary(look: Look): Html {
  const { attachmentCount, attachments } = look;
  const underWay = attachments.filter(({ status }) => status !== 'attached').length;
  return html`${verdict(look)}
<div class="tiles">
${filesTile('Volumes', 'volumes', look)}
${filesTile('Snapshots', 'snapshots', look)}
${tile('Attachments', grouped(attachmentCount), [underWay > 0 && chip('under way', underWay)])}
${delegatesTile(look)}
${spaceTile(look)}
</div>`;
}

function verdict({ sums, delegates }: Look): Html {
  const failed = sums
    .filter(({ state }) => state === 'failed')
    .reduce((all, each) => all + each.count, 0);
  const silent = delegates.filter(({ state }) => state === 'silent').map(({ name }) => name);
  const complaints = [
    ...(silent.length > 0 ? [`not heard: ${silent.join(', ')}`] : []),
    ...(failed > 0 ? [`failed: ${grouped(failed)}`] : []),
  ];
  return complaints.length > 0
    ? html`<p class="verdict trouble">Look at this: ${complaints.join('; ')}.</p>`
    : html`<p class="verdict">All is well: every delegate is heard, and nothing has failed.</p>`;
}

function filesTile(title: string, of: FileTable, { sums }: Look): Html {
  const own = sums.filter(({ table }) => table === of);
  const all = own.reduce((sum, { count }) => sum + count, 0);
  return tile(
    title,
    grouped(all),
    own.map(({ state, count }) => chip(state, count)),
  );
}

function delegatesTile({ delegates }: Look): Html {
  const heard = delegates.filter(({ state }) => state !== 'silent').length;
  const draining = delegates.filter(({ state }) => state === 'draining').length;
  return tile('Delegates', `${heard} of ${delegates.length}`, [
    'heard ',
    draining > 0 && chip('draining', draining),
  ]);
}

/** Every Volume Delegate sees the same file system: the one that was heard last knows best what is free. */
function spaceTile({ sums, delegates }: Look): Html {
  const used = sums
    .filter(({ state }) => state !== 'failed')
    .reduce((all, { bytes }) => all + bytes, 0);
  const [latest] = delegates
    .filter(({ kind, state }) => kind === 'volume' && state !== 'silent')
    .sort((a, b) => +b.seenAt - +a.seenAt);
  if (!latest) return tile('Space', roughSize(used), ['free: not known']);
  const free = latest.availableBytes;
  return tile('Space', roughSize(used), [
    html`<meter value="${used}" max="${used + free}" aria-label="Space that is used"></meter> ${roughSize(free)} free`,
  ]);
}

function tile(title: string, number: string, notes: readonly (Part | false)[]): Html {
  const shown = notes.filter((note) => note !== false);
  return html`<div class="tile"><h3>${title}</h3><p class="number">${number}</p><p>${shown}</p></div>`;
}

function chip(state: string, count: number): Html {
  return html`<span class="state ${state.replace(' ', '-')}">${grouped(count)} ${state}</span> `;
}
