import type { Callback, FrontEnd } from '../frontEnd.js';

/** A VMM Delegate says that it is there: volumes can be attached on its host, unless it is draining. */
export function announceVmmDelegate({ vmmDelegates }: FrontEnd): Callback<'AnnounceVmmDelegate'> {
  const { roster } = vmmDelegates;
  return async ({ url, hypervisor, draining, resizes = false }, { userId, log }) => {
    await roster.announced(userId, { url, hypervisor, draining, resizes }, log);
    return { intervalSeconds: roster.intervalSeconds };
  };
}
