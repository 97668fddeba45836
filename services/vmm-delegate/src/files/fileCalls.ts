// Runs as a process of its own: see Files.
import { constants, lstat, mkdir, open, readdir, realpath, rm, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { serve } from '@vbs-lustre/shared/process/helperProgram';

const { O_RDONLY, O_NOFOLLOW } = constants;

/** What is done to files and folders. All take absolute paths, follow no links but {@link realpath}, and throw what Node does. */
const CALLS = {
  realpath: (path: string) => realpath(path),
  statfs: async (path: string) => void (await statfs(path)),
  isFile,
  names,
  announce,
  chmod: setPermissions,
  remove,
};

export type Calls = typeof CALLS;

serve(CALLS);

/** Whether there is a regular file. */
async function isFile(path: string): Promise<boolean> {
  const found = await unless('ENOENT', lstat(path));
  return found?.isFile() ?? false;
}

/**
 * The names in a folder that begin so; none if there is no such folder. They are not looked at one by one: some may be gone
 * by then, and the others must not be missed for it.
 */
async function names(folder: string, start: string): Promise<string[]> {
  const all = (await unless('ENOENT', readdir(folder))) ?? [];
  return all.filter((name) => name.startsWith(start));
}

/**
 * Makes an empty file, and its folder, and puts them on disk; what is there is left as it is. The names that are then in the folder
 * and begin so: of two that do this at once, at least one sees the other.
 */
async function announce(path: string, start: string): Promise<string[]> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = await unless('EEXIST', open(path, 'wx', 0o600));
  await file?.close();
  await Promise.all([path, folder, dirname(folder)].map(flush));
  return names(folder, start);
}

/** Puts a file, or what names a folder has, on disk. */
async function flush(path: string): Promise<void> {
  const file = await open(path, O_RDONLY | O_NOFOLLOW);
  await file.sync().finally(() => file.close());
}

/** What a Volume Delegate says by the rest of the mode, such as that a file shares its blocks with another, stays. */
async function setPermissions(path: string, permissions: number): Promise<void> {
  const file = await open(path, O_RDONLY | O_NOFOLLOW);
  try {
    const { mode } = await file.stat();
    const isFixed = (mode & 0o4000) !== 0;
    if (isFixed && (permissions & 0o222) !== 0) {
      throw Object.assign(new Error('this file is never written'), { code: 'EROFS' });
    }
    await file.chmod((mode & 0o7000) | permissions);
  } finally {
    await file.close();
  }
}

/** Removes a file, if it is there. */
async function remove(path: string): Promise<void> {
  await rm(path, { force: true });
}

async function unless<T>(code: string, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === code) return undefined;
    throw error;
  }
}
