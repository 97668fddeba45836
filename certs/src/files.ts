import { randomUUID } from 'node:crypto';
import { access, link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Refusal } from './refusal.js';

export async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Writes a file, or replaces it: after a crash, or for another reader, it is the old one or the new one. */
export async function writeWhole(file: string, text: string, mode: number): Promise<void> {
  await throughTemporary(file, text, mode, (temporary) => rename(temporary, file));
}

/**
 * Writes a file that is not there yet.
 * @throws {Refusal} if it is.
 */
export async function writeNew(file: string, text: string, mode: number): Promise<void> {
  if (!(await create(file, text, mode))) throw new Refusal(`${file} exists already.`);
}

/** Creates a file, whole from its first moment; false if it is there. As atomic as O_EXCL, which leaves it empty for a while. */
export async function create(file: string, text: string, mode: number): Promise<boolean> {
  try {
    await throughTemporary(file, text, mode, (temporary) => link(temporary, file));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function throughTemporary(
  file: string,
  text: string,
  mode: number,
  place: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${file}.${randomUUID()}.new`;
  try {
    const handle = await open(temporary, 'wx', mode);
    try {
      // The mode of open() is subject to the umask.
      await handle.chmod(mode);
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await place(temporary);
    await syncDirectory(dirname(file));
  } finally {
    await rm(temporary, { force: true });
  }
}

/** A new name is on the disk only when its directory is. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
