import type { RunOptions } from '@vbs-lustre/shared/process/run';

const MIB = 1024 * 1024;
/** A copy that is slower than this does not get anywhere. */
const SLOWEST_BYTES_PER_MS = (4 * MIB) / 1000;
const SHORTEST_LIMIT_MS = 600_000;
/** Of the 24.8 days that a timer of Node can wait, a little is left for the end of a process that is killed. */
const LONGEST_LIMIT_MS = 2 ** 31 - 1 - 60_000;

/**
 * How a program runs that moves so many bytes.
 * @param pace bytes a second that it keeps below
 */
export function longRun(
  sizeBytes: number,
  signal?: AbortSignal,
  pace = Number.POSITIVE_INFINITY,
): Partial<RunOptions> {
  // What keeps a pace gets twice the time.
  const slowest = Math.min(SLOWEST_BYTES_PER_MS, pace / 2000);
  const limit = SHORTEST_LIMIT_MS + Math.ceil(sizeBytes / slowest);
  return {
    timeoutMs: Math.min(limit, LONGEST_LIMIT_MS),
    dieWithParent: true,
    ...(signal && { signal }),
  };
}
