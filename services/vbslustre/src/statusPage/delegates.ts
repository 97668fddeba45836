import type { DelegateReport } from '../metadata/delegateReports.js';

/** Whether it is heard, and takes what is new; `draining` is its own word, `drained` an administrator's. */
export type DelegateState = 'alive' | 'draining' | 'drained' | 'silent';

export function stateOf({ isAlive, draining, drained }: DelegateReport): DelegateState {
  if (!isAlive) return 'silent';
  if (drained) return 'drained';
  return draining ? 'draining' : 'alive';
}
