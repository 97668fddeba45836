import type { AttachmentInOverview } from '../metadata/overview.js';

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A line from a machine to a volume. */
export interface Line {
  attachment: AttachmentInOverview;
  from: { x: number; y: number };
  to: { x: number; y: number };
}

export interface Picture {
  width: number;
  height: number;
  hosts: readonly (Box & { name: string })[];
  machines: readonly (Box & { name: string; host: string })[];
  volumes: readonly (Box & { attachment: AttachmentInOverview })[];
  lines: readonly Line[];
}

const BOX = 256;
const WIDTH = 640;
const HEAD = 30;
const MACHINE_HEAD = 26;
const ROW = 22;
const PAD = 12;
const GAP = 14;
const VOLUME = 44;

/**
 * Where everything is in the picture of who holds what: hosts on the left, each with its machines, a row for each
 * attachment in them; volumes on the right, each as near as may be to the rows that lead to it.
 * @param hosts also those on which nothing is attached
 */
export function layOut(
  hosts: readonly string[],
  attachments: readonly AttachmentInOverview[],
): Picture {
  const left = layOutHosts(hosts, attachments);
  const volumes = layOutVolumes(left.rows);
  const lines = [...left.rows].map(([attachment, y]): Line => {
    const volume = volumes.find((each) => each.attachment.volumeId === attachment.volumeId) as Box;
    return {
      attachment,
      from: { x: BOX - PAD, y },
      to: { x: volume.x, y: volume.y + VOLUME / 2 },
    };
  });
  const bottom = Math.max(0, ...[...left.hosts, ...volumes].map(({ y, height }) => y + height));
  const { hosts: hostBoxes, machines } = left;
  return { width: WIDTH, height: bottom, hosts: hostBoxes, machines, volumes, lines };
}

function layOutHosts(hosts: readonly string[], attachments: readonly AttachmentInOverview[]) {
  const boxes: (Box & { name: string })[] = [];
  const machines: (Box & { name: string; host: string })[] = [];
  const rows = new Map<AttachmentInOverview, number>();
  let y = 0;
  for (const name of hosts) {
    const top = y;
    y += HEAD;
    const here = attachments.filter(({ vmm }) => vmm === name);
    for (const machine of [...new Set(here.map(({ instanceId }) => instanceId))].sort()) {
      const own = here.filter(({ instanceId }) => instanceId === machine);
      const height = MACHINE_HEAD + own.length * ROW + PAD / 2;
      machines.push({ name: machine, host: name, x: PAD, y, width: BOX - 2 * PAD, height });
      for (const [index, each] of own.toSorted(byDevice).entries()) {
        rows.set(each, y + MACHINE_HEAD + (index + 0.5) * ROW);
      }
      y += height + PAD;
    }
    boxes.push({ name, x: 0, y: top, width: BOX, height: y - top });
    y += GAP;
  }
  return { hosts: boxes, machines, rows };
}

function layOutVolumes(rows: ReadonlyMap<AttachmentInOverview, number>): Picture['volumes'] {
  const ofVolume = new Map([...rows.keys()].map((each) => [each.volumeId, each]));
  const wanted = [...ofVolume].map(([volumeId, attachment]) => {
    const own = [...rows].filter(([each]) => each.volumeId === volumeId).map(([, y]) => y);
    const middle = own.reduce((sum, y) => sum + y) / own.length;
    return { attachment, wish: middle - VOLUME / 2 };
  });
  let free = 0;
  return wanted
    .sort((a, b) => a.wish - b.wish)
    .map(({ attachment, wish }) => {
      const y = Math.max(wish, free);
      free = y + VOLUME + GAP;
      return { attachment, x: WIDTH - BOX, y, width: BOX, height: VOLUME };
    });
}

function byDevice(a: AttachmentInOverview, b: AttachmentInOverview): number {
  return a.device < b.device ? -1 : 1;
}
