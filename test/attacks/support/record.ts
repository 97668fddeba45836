import type { RunnerTestCase } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** The public source of an attack. */
    source?: string;
    /** What became of it. */
    verdict?: string;
  }
}

/** Keeps what `npm run test:attacks` prints of a test. @returns the verdict */
export function record({ meta }: RunnerTestCase, source: string, verdict: string): string {
  meta.source = source;
  meta.verdict = worded(verdict);
  return verdict;
}

function worded(verdict: string): string {
  if (/^(wsse|wsu):/.test(verdict)) return `AuthFailure ${verdict}`;
  if (verdict === 'not parsed') return 'AuthFailure wsse:InvalidSecurity, not parsed';
  if (/^(HTTP|connection closed)/.test(verdict)) return `refused before parsing: ${verdict}`;
  return verdict;
}
