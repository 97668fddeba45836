import type { Callback, FrontEnd } from '../frontEnd.js';
import { seenOf } from './seenOf.js';

/** A VMM Delegate says that it is there: volumes can be attached on its host, unless it is draining. */
export function announceVmmDelegate({ vmmDelegates }: FrontEnd): Callback<'AnnounceVmmDelegate'> {
  const { roster } = vmmDelegates;
  return async (request, caller) => {
    const { url, hypervisor, draining, resizes = false, version, copies = false } = request;
    const delegate = { url, hypervisor, draining, resizes, version, copies, ...seenOf(caller) };
    await roster.announced(caller.userId, delegate, caller.log);
    return { intervalSeconds: roster.intervalSeconds };
  };
}
