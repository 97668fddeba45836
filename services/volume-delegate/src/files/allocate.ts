import { spawnSync } from 'node:child_process';
import { constants, open } from 'node:fs/promises';
import { join } from 'node:path';
import { unless } from './unless.js';

const { O_WRONLY, O_NOFOLLOW } = constants;

/** How fallocate has ended. */
export interface Allocation {
  exitCode?: number | undefined;
  signal?: string | undefined;
  stderr: string;
}

/**
 * Sets the space of a file aside, up to a size. Node has no call for it, and the program would make the file anew that somebody has
 * removed. A helper, which does one thing at a time, can stand still until it has ended: that takes half as long as to be told of
 * its end. The kernel kills the program with the helper.
 * @returns undefined if there is no such file
 */
export async function allocate(
  directory: string,
  name: string,
  sizeBytes: number,
): Promise<Allocation | undefined> {
  const file = await unless('ENOENT', open(join(directory, name), O_WRONLY | O_NOFOLLOW));
  if (!file) return undefined;
  try {
    const ended = runFallocate(directory, name, sizeBytes);
    // Removed meanwhile: whatever has that name now, this is not it.
    return (await file.stat()).nlink === 0 ? undefined : ended;
  } finally {
    await file.close();
  }
}

function runFallocate(directory: string, name: string, sizeBytes: number): Allocation {
  const args = ['--pdeathsig', 'KILL', '--', 'fallocate', '-l', String(sizeBytes), '--', name];
  const { error, status, signal, stderr } = spawnSync('setpriv', args, {
    cwd: directory,
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (error) throw error;
  return { exitCode: status ?? undefined, signal: signal ?? undefined, stderr };
}
