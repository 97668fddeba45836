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

/**
 * The OSTs of a file, one a stripe, from the YAML of `lfs getstripe -y`: of a plain layout, or of all the
 * components of a composite one that have been given OSTs yet.
 */
export function parseStripes(yaml: string): string[] {
  return [...yaml.matchAll(/\bl_ost_idx:\s*(\d+)/g)].map(([, index = '']) => index);
}
