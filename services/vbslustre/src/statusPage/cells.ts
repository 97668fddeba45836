import { type Html, html } from '@vbs-lustre/shared/html';
import { roughSize } from '@vbs-lustre/shared/units';
import type { ExportInOverview } from '../metadata/exportsInOverview.js';
import type { FileInOverview } from '../metadata/overview.js';
import { FAILURE } from '../metadata/states.js';
import type { Tag } from '../metadata/tags.js';
import { presentProgress } from '../operations/present.js';
import type { Affair } from './look.js';
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
  return html`${name === undefined ? undefined : html`${written(name)} `}<code>${id}</code>`;
}

/** The same of what is done or has failed, which may be the export of one. */
export function affairCell(affair: Affair): Html {
  if (!isExport(affair)) return fileCell(affair);
  return html`<code>${affair.id}</code><br>of <code>${affair.sourceId}</code>`;
}

/** A user, with a way to what is his alone. */
export function ownerCell({ owner }: { owner: string }): Html {
  if (owner.length > MAX_TEXT) return written(owner);
  const here = `?owner=${encodeURIComponent(owner)}`;
  return html`<a href="${here}" title="${owner}"><bdi>${commonName(owner)}</bdi></a>`;
}

export function stateBadge(state: string): Html {
  return html`<span class="state ${state}">${state}</span>`;
}

/** What is done. */
export function workCell(affair: Affair): Html {
  if (isExport(affair)) return stateBadge('exporting');
  return stateBadge(isImport(affair) ? 'importing' : affair.status);
}

/** How far a file is that is made, extended or exported, what that waits for, and the file of its owner, if there is one. */
export function progressCell(affair: Affair): Html | undefined {
  if (affair.status === 'deleting') return undefined;
  if (isExport(affair)) return html`${howFar(affair)} to ${written(affair.fileName)}`;
  if (isImport(affair)) return html`${howFar(affair)} from ${written(affair.importFile ?? '')}`;
  return affair.status === 'modifying' && affair.modificationMessage !== undefined
    ? prose(affair.modificationMessage)
    : howFar(affair);
}

function howFar(affair: Affair): Html {
  const { progress, bytesDone } = presentProgress(affair);
  if (progress === undefined || bytesDone === undefined) return html`not begun, or not told yet`;
  const isExtended = !isExport(affair) && affair.status === 'modifying';
  const whole = (isExtended && affair.targetSizeBytes) || affair.sizeBytes;
  const amount = `${roughSize(bytesDone)} of ${roughSize(whole)}`;
  return html`<progress max="100" value="${Number.parseInt(progress, 10)}" aria-label="${affair.id}"></progress> ${progress}, ${amount}`;
}

/** What has failed, and why. */
export function failureOf(affair: Affair): { what: string; reason: string | undefined } {
  if (isExport(affair)) return { what: 'export', reason: affair.statusMessage };
  if (affair.status === FAILURE) return { what: 'failed', reason: affair.statusMessage };
  return { what: 'extension', reason: affair.modificationMessage };
}

function isExport(affair: Affair): affair is ExportInOverview {
  return 'sourceId' in affair;
}

function isImport(affair: FileInOverview): boolean {
  return affair.status === 'pending' && affair.importFile !== undefined;
}
