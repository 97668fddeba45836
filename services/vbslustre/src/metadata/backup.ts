import { open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Knex } from 'knex';

const SUFFIX = '.backup';
/** Of so many versions; of each, the last one. */
const KEPT = 3;

/**
 * Copies a file of SQLite, as it is now, beside itself, before an upgrade changes it.
 * @param version of its tables, which the copy is called after
 * @returns where the copy is; it is on disk
 * @throws {Error} what the file system says: there may be no room
 */
export async function backUp(database: Knex, file: string, version: string): Promise<string> {
  const copy = `${file}.${version}${SUFFIX}`;
  const part = `${copy}.part`;
  await rm(part, { force: true });
  // Made here, so that nobody else may read it; SQLite takes an empty file.
  await (await open(part, 'wx', 0o600)).close();
  await database.raw('vacuum into ?', [part]);
  await flush(part);
  await rename(part, copy);
  await flush(dirname(file));
  await removeOld(file);
  return copy;
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

/** Versions begin with their number: the order of names is that of versions. */
async function removeOld(file: string): Promise<void> {
  const folder = dirname(file);
  const isCopy = (name: string) => name.startsWith(`${basename(file)}.`) && name.endsWith(SUFFIX);
  const copies = (await readdir(folder)).filter(isCopy).sort();
  for (const name of copies.slice(0, -KEPT)) await rm(join(folder, name), { force: true });
}
