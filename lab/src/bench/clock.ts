/** How long something takes that is done again and again: microseconds for one, the median of the rounds. */
export function microseconds(action: () => void, durationMs: number): number {
  const rounds: number[] = [];
  const end = performance.now() + durationMs;
  while (performance.now() < end) {
    const start = performance.now();
    for (let index = 0; index < BATCH; index += 1) action();
    rounds.push(((performance.now() - start) / BATCH) * 1_000);
  }
  return median(rounds);
}

/** So many between two looks at the clock. */
const BATCH = 20;

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which this share of the values is. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
