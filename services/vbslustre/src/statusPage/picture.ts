import { type Html, html } from '@vbs-lustre/shared/html';
import { roughSize } from '@vbs-lustre/shared/units';
import type { AttachmentInOverview } from '../metadata/overview.js';
import { type Box, layOut, type Picture } from './layout.js';
import { commonName, nameOf } from './words.js';

const MODES = { r: 'reads', w: 'writes' } as const;

/** A host of the picture, and whether it is heard of. */
export interface Host {
  name: string;
  state: string;
}

/** Which machine on which host holds which volume, and how. */
export function picture(
  hosts: readonly Host[],
  attachments: readonly AttachmentInOverview[],
): Html {
  const names = hosts.map(({ name }) => name);
  const drawn = layOut(names, attachments);
  return html`<div class="wide" role="group" aria-label="Picture" tabindex="0"><svg class="picture" viewBox="-2 -2 ${drawn.width + 4} ${drawn.height + 4}" role="img" aria-labelledby="picture-title">
<title id="picture-title">Machines in their hosts, and lines to the volumes that they hold; the table below says the same</title>
${drawn.hosts.map((box, index) => drawHost(box, hosts[index] as Host))}
${drawn.machines.map(drawMachine)}
${drawn.volumes.map(drawVolume)}
${drawn.lines.map(drawLine)}
</svg></div>`;
}

function drawHost(box: Box & { name: string }, { state }: Host): Html {
  const note = state === 'alive' ? undefined : state;
  return html`<svg class="host ${state}" ${place(box)}><title>Host ${box.name}: ${state}</title>
<rect ${inside(box)}/><text class="strong" x="12" y="20">${box.name}</text>
<text class="note" x="${box.width - 12}" y="20" text-anchor="end">${note}</text></svg>
`;
}

function drawMachine(box: Picture['machines'][number]): Html {
  return html`<svg class="machine" ${place(box)}><title>Machine ${box.name} on ${box.host}</title>
<rect ${inside(box)}/><text x="10" y="18">${box.name}</text></svg>
`;
}

function drawLine({ attachment, from, to }: Picture['lines'][number]): Html {
  const { device, mode, status, instanceId, volumeId } = attachment;
  const bend = (to.x - from.x) / 2;
  const path = `M${from.x} ${from.y}C${from.x + bend} ${from.y} ${to.x - bend} ${to.y} ${to.x} ${to.y}`;
  const words = status === 'attached' ? MODES[mode] : `${status} …`;
  return html`<g class="line ${mode} ${status}"><title>${instanceId} ${MODES[mode]} ${volumeId} as ${device}: ${status}</title>
<path d="${path}"/><circle cx="${from.x}" cy="${from.y}" r="4"/><circle cx="${to.x}" cy="${to.y}" r="4"/>
<text x="24" y="${from.y + 4}">${device}</text>
<text class="mode" x="${from.x - 12}" y="${from.y + 4}" text-anchor="end">${words}</text></g>
`;
}

function drawVolume(box: Picture['volumes'][number]): Html {
  const { volumeId, tags, owner, sizeBytes } = box.attachment;
  const name = nameOf(tags);
  const about = `${roughSize(sizeBytes)} of ${commonName(owner)}`;
  return html`<svg class="volume" ${place(box)}><title>Volume ${name} ${volumeId}: ${roughSize(sizeBytes)} of ${owner}</title>
<rect ${inside(box)}/><text class="strong" x="14" y="18">${name ?? volumeId}</text>
<text class="note" x="14" y="35">${name === undefined ? about : `${volumeId}, ${about}`}</text></svg>
`;
}

/** A drawing of its own: what is longer than its box ends there. */
function place({ x, y, width, height }: Box): Html {
  return html`x="${x}" y="${y}" width="${width}" height="${height}"`;
}

function inside({ width, height }: Box): Html {
  return html`x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"`;
}
