import { type Html, html } from '@vbs-lustre/shared/html';
import { roughSize } from '@vbs-lustre/shared/units';
import type { FileInOverview } from '../metadata/overview.js';
import type { Tag } from '../metadata/tags.js';
import { presentProgress } from '../operations/present.js';
import { commonName, nameOf, shortened } from './words.js';

/** Of what others have written: a command may have had much to say. */
const MAX_TEXT = 300;

/** What somebody has written, which must not run into what stands beside it, whatever its direction. */
export function written(text: string): Html {
  return html`<bdi>${shortened(text, MAX_TEXT)}</bdi>`;
}

/** The same of what may be a sentence. */
export function prose(text: string | undefined): Html | undefined {
  return text ? html`<bdi class="prose">${shortened(text, MAX_TEXT)}</bdi>` : undefined;
}

/** A volume or snapshot: what people call it, and its id. */
export function fileCell({ id, tags }: { id: string; tags: readonly Tag[] }): Html {
  const name = nameOf(tags);
  return html`${name === undefined ? undefined : written(name)}<code>${id}</code>`;
}

/** A user, with a way to what is his alone. */
export function ownerCell({ owner }: { owner: string }): Html {
  const here = `?owner=${encodeURIComponent(owner)}`;
  return html`<a href="${here}" title="${owner}"><bdi>${commonName(owner)}</bdi></a>`;
}

export function stateBadge(state: string): Html {
  return html`<span class="state ${state}">${state}</span>`;
}

/** How far a file is that is being made or extended. */
export function progressCell(file: FileInOverview): Html | undefined {
  if (file.status === 'deleting') return undefined;
  const { progress, bytesDone } = presentProgress(file);
  if (progress === undefined || bytesDone === undefined) return html`not begun, or not told yet`;
  const whole = file.status === 'pending' ? file.sizeBytes : (file.targetSizeBytes ?? 0);
  const amount = `${roughSize(bytesDone)} of ${roughSize(whole)}`;
  return html`<progress max="100" value="${Number.parseInt(progress, 10)}" aria-label="${file.id}"></progress> ${progress}, ${amount}`;
}
