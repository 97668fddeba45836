import type { StorageTarget } from './storage.js';

const OST_ROW =
  /^\S+\s+\d+\s+\d+\s+(?<kib>\d+)\s+\d+%\s+(?<mount>.+)\[OST:(?<index>\d+)\]\s*(?<flags>[A-Za-z]*)\s*$/gm;

/**
 * The OSTs in the table of `lfs df`, or undefined if the table has no last line: it was cut off.
 *
 * An OST that does not answer has no row, or one that says why (`inactive device`): it is left out. If the
 * table shows several mounts, only the rows of `mountPoint` count.
 */
export function parseFreeSpace(table: string, mountPoint: string): StorageTarget[] | undefined {
  if (!table.includes('filesystem_summary:')) return undefined;
  const rows = [...table.matchAll(OST_ROW)].map(({ groups = {} }) => groups);
  const single = new Set(rows.map(({ mount }) => mount)).size === 1;
  return rows
    .filter(({ mount }) => single || mount === mountPoint)
    .map(({ index = '', kib, flags = '' }) => ({
      id: index,
      // R among the flags behind the row: this OST is read-only, however much is free.
      availableBytes: flags.includes('R') ? 0 : Number(kib) * 1024,
    }));
}

/** One of the copies of its data that a file has; a file that is not mirrored has one. */
export interface Mirror {
  /** OSTs, one a stripe: of all the components that have been given some yet. */
  targets: string[];
  /** It lacks what was written to another one. */
  isStale: boolean;
}

/** The mirrors of a file, from the YAML of `lfs getstripe -y`: of a plain layout, or a composite one. */
export function parseMirrors(yaml: string): Mirror[] {
  const [head = '', ...components] = yaml.split(/^\s*- (?=lcme_id:)/m);
  const mirrors = new Map<string, Mirror>();
  for (const component of components.length > 0 ? components : [head]) {
    const id = /\blcme_mirror_id:\s*(\d+)/.exec(component)?.[1] ?? '';
    const targets = [...component.matchAll(/\bl_ost_idx:\s*(\d+)/g)].map(([, index = '']) => index);
    const isStale = /\blcme_flags:.*\bstale\b/.test(component);
    const mirror = mirrors.get(id) ?? { targets: [], isStale: false };
    mirrors.set(id, {
      targets: [...mirror.targets, ...targets],
      isStale: mirror.isStale || isStale,
    });
  }
  return [...mirrors.values()];
}
