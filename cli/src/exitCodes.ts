/** What `vbs` ends with; documented in the README. */
export const EXIT = {
  ok: 0,
  /** The service has refused the request. */
  refused: 1,
  /** Wrong usage or configuration: nothing was sent. */
  usage: 2,
  /** The service cannot be reached, or its answer is not believed. */
  noAnswer: 3,
  /** --wait: what was waited for has failed. */
  failed: 4,
  /** --wait: it took too long. */
  timedOut: 5,
  /** vbs admin doctor has found something wrong. */
  unwell: 6,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
