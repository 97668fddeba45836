import pLimit from 'p-limit';

/** Deletions at once: they move no data and do not wait behind copies. */
const DELETIONS = 4;
/** Files that are being made without moving data, at once: nor do they. */
const QUICK = 4;

/** Where orders wait for their turn: to make a file in an instant, to move data, to delete. */
export function makeLanes(maxJobs: number) {
  return { copy: pLimit(maxJobs), quick: pLimit(QUICK), deletion: pLimit(DELETIONS) } as const;
}

export type Lanes = ReturnType<typeof makeLanes>;
