import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { run } from '@vbs-lustre/shared/process/run';

/** As in Date.now(), when a program is killed; and what has it killed before. */
interface Limits {
  until: number;
  signal?: AbortSignal;
}

/** What a Volume Delegate knows a file by that shares its blocks: the sticky bit, which means nothing else for a file. */
const SHARES = 't';

/**
 * Makes a file share the blocks of another. It is marked so before it shares anything: each block may still need space.
 * @returns false if the file system does not do that; the file is then empty
 */
export async function clone(source: string, target: string, limits: Limits): Promise<boolean> {
  await program('chmod', [`+${SHARES}`, '--', target], limits);
  try {
    await program('cp', ['--reflink=always', '--', source, target], limits);
    return true;
  } catch (error) {
    if (!(error instanceof CommandError) || error.exitCode !== 1) throw error;
    await program('chmod', [`-${SHARES}`, '--', target], limits);
    return false;
  }
}

/** Copies the data of a file, and not its holes, over one that exists; it is not flushed. */
export async function copyData(source: string, target: string, limits: Limits): Promise<void> {
  // Where data has just been written and not flushed, OpenZFS has shown holes.
  await flush(source, limits);
  await program('cp', ['--reflink=never', '--sparse=auto', '--', source, target], limits);
}

export async function flush(file: string, limits: Limits): Promise<void> {
  await program('sync', ['--', file], limits);
}

/** In bytes: of the whole file, and of what is written of it. */
export async function sizesOf(file: string, limits: Limits): Promise<{ all: number; own: number }> {
  const { stdout } = await program('stat', ['--format=%s %b %B', '--', file], limits);
  const [all = 0, blocks = 0, blockSize = 0] = stdout.split(' ').map(Number);
  return { all, own: blocks * blockSize };
}

/** It does not outlive this process: it would go on writing a file that was given up. */
function program(name: string, args: readonly string[], { until, signal }: Limits) {
  const timeoutMs = Math.max(1, until - Date.now());
  return run(name, args, { timeoutMs, dieWithParent: true, ...(signal && { signal }) });
}
