import { spawnSync } from 'node:child_process';
import { dyingWithParent } from './dieWithParent.js';

/** How a program has ended that was waited for. */
export interface SyncEnding {
  exitCode?: number | undefined;
  signal?: string | undefined;
  stderr: string;
}

/**
 * Has a helper start a program, without a shell and without input, and stand still until it ends: that takes half as long as to be
 * told of its end. The kernel kills the program with the helper, which is given up if it takes too long. (Without execa, which each
 * helper would have to load.)
 * @throws {Error} if it can't be started
 */
export function executeSync(program: string, args: readonly string[]): SyncEnding {
  const [file, fullArgs] = dyingWithParent(program, args);
  const { error, status, signal, stderr } = spawnSync(file, fullArgs, {
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (error) throw error;
  return { exitCode: status ?? undefined, signal: signal ?? undefined, stderr };
}
