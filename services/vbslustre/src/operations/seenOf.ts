import type { Caller } from '@vbs-lustre/shared/soap/endpoint';

/** What an announcement shows of a delegate beside what it says: how long it may sign, and what it takes for the time. */
export function seenOf({ signedAt, certificateEnds }: Caller) {
  const clockAheadMs = signedAt && signedAt.getTime() - Date.now();
  return { certificateEnds, clockAheadMs };
}
