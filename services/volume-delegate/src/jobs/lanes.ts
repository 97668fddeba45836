import pLimit from 'p-limit';

/** Deletions at once: they move no data and do not wait behind copies. */
const DELETIONS = 4;
/** Files that are being made without moving data, at once: nor do they. */
const QUICK = 4;

/** Where orders wait for their turn: to make a file in an instant, to move data, to delete. */
export function makeLanes(maxJobs: number) {
  return { copy: pLimit(maxJobs), quick: pLimit(QUICK), deletion: pLimit(DELETIONS) } as const;
}

/** Does some work when it is its turn. */
type Lane = <T>(work: () => Promise<T>) => Promise<T>;

export type Lanes = ReturnType<typeof makeLanes>;

/**
 * Does some work when it is its turn. What is ended before that does not wait for it.
 * @throws what the work does, or the reason of the signal
 */
export function inTurn<T>(lane: Lane, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(signal.reason);
    signal.addEventListener('abort', end);
    lane(() => {
      signal.removeEventListener('abort', end);
      signal.throwIfAborted();
      return work();
    }).then(resolve, reject);
    if (signal.aborted) end();
  });
}
