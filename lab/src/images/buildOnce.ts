import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

const underWay = new Map<string, Promise<string>>();

/**
 * The folder `name` in the user's cache, filled by `build` if it isn't there yet.
 *
 * It appears complete or not at all. Two processes that build at the same time both get a whole folder:
 * the first one's.
 */
export function buildOnce(name: string, build: (folder: string) => Promise<void>): Promise<string> {
  const current = underWay.get(name) ?? buildIfMissing(name, build);
  underWay.set(name, current);
  return current.finally(() => underWay.delete(name));
}

async function buildIfMissing(name: string, build: (folder: string) => Promise<void>) {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'vbs-lustre');
  const folder = join(cache, name);
  if (await exists(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const unfinished = await mkdtemp(join(cache, 'unfinished-'));
  try {
    await build(unfinished);
    await rename(unfinished, folder).catch(async (error: unknown) => {
      if (!(await exists(folder))) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return folder;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
