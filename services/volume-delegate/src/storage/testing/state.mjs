// The state of the stand-in Lustre, shared by fake-lfs.mjs and fake-stat.mjs: see README.md.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, sep } from 'node:path';
import { FRESH } from './recorded.mjs';

const stateFile =
  process.env.FAKE_LUSTRE_STATE ?? join(import.meta.dirname, 'fake-lustre-state.json');
const layoutFolder = `${stateFile}.layouts`;

/** The state with all that the file leaves out filled in. */
export function readState() {
  const given = JSON.parse(readFileSync(stateFile, 'utf8'));
  return {
    osts: FRESH.osts,
    pools: {},
    placements: [],
    hang: [],
    busy: [],
    different: [],
    mounted: true,
    alsoMounted: [],
    ...given,
  };
}

/** Whether there is such a path and it lies in the stand-in file system. */
export function isInside(state, path) {
  if (!state.mounted || !existsSync(path)) return false;
  const mount = realpathSync(state.mount);
  return `${realpathSync(path)}${sep}`.startsWith(`${mount}${sep}`);
}

/** Whether an OST is one of a pool. Without a pool all are. */
export function isInPool(state, pool, index) {
  return pool === undefined || (state.pools[pool]?.includes(index) ?? false);
}

/** The OSTs of a new file: the next of `placements`, then round robin. Safe with several processes at once. */
export function allocate(state, count, pool) {
  const turn = takeTurn();
  const usable = state.osts.flatMap(({ down }, index) =>
    down || !isInPool(state, pool, index) ? [] : [index],
  );
  const start = turn - state.placements.length;
  const wanted = Math.min(count === -1 ? usable.length : count, usable.length);
  const roundRobin = usable.map((_, i) => usable[(start * wanted + i) % usable.length]);
  return state.placements[turn] ?? roundRobin.slice(0, wanted);
}

/** The OSTs of the mirrors of a new file: like those of so many files in turn, which share OSTs if there are too few. */
export function allocateMirrors(state, count, mirrors, pool) {
  return Array.from({ length: mirrors }, () => allocate(state, count, pool));
}

/** What a mirrored file was like when its mirrors were the same. */
export function syncedNow(path) {
  const { size, mtimeMs } = statSync(path);
  return { size, mtimeMs };
}

/** Whether a mirrored file was written since. */
export function isStale(path) {
  const { size, mtimeMs } = readLayout(path).synced;
  const now = syncedNow(path);
  return now.size !== size || now.mtimeMs !== mtimeMs;
}

function takeTurn() {
  mkdirSync(layoutFolder, { recursive: true });
  for (let turn = 0; ; turn++) {
    try {
      writeFileSync(join(layoutFolder, `turn-${turn}`), '', { flag: 'wx' });
      return turn;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
  }
}

/** Layouts hang on inode numbers, so that they survive a rename as real ones do. */
export function writeLayout(path, layout) {
  const file = join(layoutFolder, String(statSync(path).ino));
  // Renamed, so that nobody reads half of it.
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, JSON.stringify(layout));
  renameSync(unfinished, file);
}

/** A file that was not made by setstripe has the default layout of the recorded file system: one stripe. */
export function readLayout(path) {
  try {
    return JSON.parse(readFileSync(join(layoutFolder, String(statSync(path).ino)), 'utf8'));
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return { stripeSize: 4194304, osts: [0] };
  }
}

/** KiB that the files of the stand-in file system really take, by OST. */
export function usedByFiles(state) {
  const used = state.osts.map(() => 0);
  for (const entry of readdirSync(state.mount, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    try {
      const { osts } = readLayout(path);
      const share = Math.ceil(statSync(path).blocks / 2 / osts.length);
      for (const ost of osts) used[ost] += share;
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
  }
  return used;
}
