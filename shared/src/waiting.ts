import { setTimeout as delay } from 'node:timers/promises';

/**
 * What comes of some work, or undefined if that takes longer than `limitMs`; the work goes on then.
 * @throws what the work throws within that time
 */
export async function within<T>(limitMs: number, work: Promise<T> | undefined) {
  const giveUp = new AbortController();
  const limit = delay(limitMs, undefined, { signal: giveUp.signal }).catch(() => undefined);
  return Promise.race([work, limit]).finally(() => giveUp.abort());
}

/**
 * Does a round again and again, with a pause after each, until `signal` is aborted.
 * @param round never fails
 * @param pauseMs asked after each round
 */
export async function repeat(
  round: () => Promise<unknown>,
  pauseMs: () => number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await round();
    await delay(pauseMs(), undefined, { signal }).catch(() => undefined);
  }
}
