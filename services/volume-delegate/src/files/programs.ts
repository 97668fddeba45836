import { spawnSync } from 'node:child_process';
import { constants, open } from 'node:fs/promises';
import { join } from 'node:path';
import { unless } from './unless.js';

const { O_WRONLY, O_NOFOLLOW } = constants;

/** How a program has ended. */
export interface Ended {
  exitCode?: number | undefined;
  signal?: string | undefined;
  stderr: string;
}

/** Sets the space of a file aside, up to a size. @returns undefined if there is no such file */
export function allocate(
  directory: string,
  name: string,
  sizeBytes: number,
): Promise<Ended | undefined> {
  return change(directory, name, 'fallocate', '-l', String(sizeBytes), '--', name);
}

/** Has a file share the blocks of another. @returns undefined if there is no such file */
export function clone(directory: string, source: string, name: string): Promise<Ended | undefined> {
  return change(directory, name, 'cp', '--reflink=always', '--', source, name);
}

/**
 * Has a program do in an instant what Node has no call for, to a file that is there: the program would make anew what somebody has
 * removed. A helper, which does one thing at a time, can stand still until it has ended: that takes half as long as to be told of
 * its end. The kernel kills the program with the helper.
 */
async function change(
  directory: string,
  name: string,
  ...command: readonly string[]
): Promise<Ended | undefined> {
  const file = await unless('ENOENT', open(join(directory, name), O_WRONLY | O_NOFOLLOW));
  if (!file) return undefined;
  try {
    const ended = run(directory, command);
    // Removed meanwhile: whatever has that name now, this is not it.
    return (await file.stat()).nlink === 0 ? undefined : ended;
  } finally {
    await file.close();
  }
}

/** It is `env` that goes to the directory: who hangs there is killed with the helper, as what Node starts would not be yet. */
function run(directory: string, command: readonly string[]): Ended {
  const { error, status, signal, stderr } = spawnSync(
    'setpriv',
    ['--pdeathsig', 'KILL', '--', 'env', `--chdir=${directory}`, '--', ...command],
    {
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
    },
  );
  if (error) throw error;
  return {
    exitCode: status ?? undefined,
    signal: signal ?? undefined,
    stderr: stderr.replaceAll(directory, '.'),
  };
}
