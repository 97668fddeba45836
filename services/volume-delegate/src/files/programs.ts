import { constants, open } from 'node:fs/promises';
import { join } from 'node:path';
import { executeSync, type SyncEnding } from '@vbs-lustre/shared/process/executeSync';
import { unless } from './unless.js';

const { O_WRONLY, O_NOFOLLOW } = constants;

/** Sets the space of a file aside, up to a size. @returns undefined if there is no such file */
export function allocate(
  directory: string,
  name: string,
  sizeBytes: number,
): Promise<SyncEnding | undefined> {
  const path = join(directory, name);
  return change(directory, name, 'fallocate', '-l', String(sizeBytes), '--', path);
}

/** Has a file share the blocks of another. @returns undefined if there is no such file */
export function clone(
  directory: string,
  source: string,
  name: string,
): Promise<SyncEnding | undefined> {
  const paths = [join(directory, source), join(directory, name)];
  return change(directory, name, 'cp', '--reflink=always', '--', ...paths);
}

/**
 * Has a program do in an instant what Node has no call for, to a file that is there: the program would make anew what somebody has
 * removed. A helper does one thing at a time: it can stand still meanwhile.
 */
async function change(
  directory: string,
  name: string,
  program: string,
  ...args: readonly string[]
): Promise<SyncEnding | undefined> {
  const file = await unless('ENOENT', open(join(directory, name), O_WRONLY | O_NOFOLLOW));
  if (!file) return undefined;
  try {
    const ended = executeSync(program, args);
    // Removed meanwhile: whatever has that name now, this is not it.
    return (await file.stat()).nlink === 0 ? undefined : ended;
  } finally {
    await file.close();
  }
}
