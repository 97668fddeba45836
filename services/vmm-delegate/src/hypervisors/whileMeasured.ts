import { repeat } from '@vbs-lustre/shared/waiting';
import { sizesOf } from './imagePrograms.js';

const PAUSE_MS = 2_000;

/**
 * Fills a file, and tells now and then how much of it is written. It is looked at once at a time, since a look may hang.
 * @param timeoutMs of a look
 */
export function whileMeasured<T>(
  file: string,
  timeoutMs: number,
  tell: (bytes: number) => void,
  fill: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const measure = async () => {
    const sizes = await sizesOf(file, { until: Date.now() + timeoutMs }).catch(() => undefined);
    if (sizes && !over.signal.aborted) tell(Math.min(sizes.all, sizes.own));
  };
  void repeat(measure, () => PAUSE_MS, over.signal);
  return fill().finally(() => over.abort());
}
