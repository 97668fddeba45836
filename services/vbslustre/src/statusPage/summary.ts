import { type Html, html, type Part } from '@vbs-lustre/shared/html';
import { roughSize } from '@vbs-lustre/shared/units';
import type { FileTable } from '../metadata/files.js';
import { stateOf } from './delegates.js';
import type { Look } from './look.js';
import { space } from './space.js';
import { verdict } from './verdict.js';
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
  const heard = delegates.filter(({ isAlive }) => isAlive).length;
  const notes = (['draining', 'drained'] as const).map((state) => {
    const count = delegates.filter((each) => stateOf(each) === state).length;
    return count > 0 && chip(state, count);
  });
  return tile('Delegates', `${heard} of ${delegates.length}`, ['heard ', ...notes]);
}

function spaceTile(look: Look): Html {
  const { sizes, free } = space(look);
  return tile('Free space', free === undefined ? 'not known' : roughSize(free), [
    `files: ${roughSize(sizes)}`,
  ]);
}

function tile(title: string, number: string, notes: readonly (Part | false)[]): Html {
  const shown = notes.filter((note) => note !== false);
  return html`<div class="tile"><h3>${title}</h3><p class="number">${number}</p><p>${shown}</p></div>`;
}

function chip(state: string, count: number): Html {
  return html`<span class="state ${state.replace(' ', '-')}">${grouped(count)} ${state}</span> `;
}
