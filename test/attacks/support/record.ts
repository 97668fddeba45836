import type { RunnerTestCase } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** The public source of an attack. */
    source?: string;
    /** What became of it. */
    verdict?: string;
  }
}

/** Keeps what `npm run test:attacks` prints of a test. */
export function record({ meta }: RunnerTestCase, source: string, verdict: string): void {
  meta.source = source;
  meta.verdict = verdict;
}
