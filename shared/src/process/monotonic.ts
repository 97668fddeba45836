/** Milliseconds of a clock that all processes of a host share and nobody sets: CLOCK_MONOTONIC, clock_gettime(2). */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
