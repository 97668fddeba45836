import { setTimeout as delay } from 'node:timers/promises';
import { HypervisorError, type VirtualMachine } from './driver.js';
import type { PausingHost } from './pausingHost.js';

/** A disk of a VM. */
interface Place {
  vm: VirtualMachine;
  device: string;
}

/** By what it is known that a VM has not gone on since. */
export interface Stillness {
  /** How long its processors had run. */
  ran: string;
  /** What it had asked of the disk. */
  requests: string;
}

/** So often it is looked whether a VM still stands still: a copy of one that somebody else has paused may take hours. */
const WATCH_MS = 5_000;

/**
 * Waits until nothing comes to the file of a disk any more.
 * @param until as in Date.now()
 * @throws {HypervisorError} if the VM is not paused, or that takes too long
 */
export async function standStill(
  host: PausingHost,
  { vm, device }: Place,
  until: number,
): Promise<Stillness> {
  const state = await host.stateOf(vm, until);
  if (!state?.isPaused) throw new HypervisorError(`${vm.name} was not paused`);
  return { ran: state.ran, requests: await host.whenQuiet(vm, device, until) };
}

/**
 * Does some work while a VM stands still; `stop` is aborted when it is seen not to.
 * @throws {HypervisorError} if it has gone on meanwhile, be it for a moment
 */
export async function whileStill<T>(
  host: PausingHost,
  place: Place,
  still: Stillness,
  { stop, timeoutMs }: { stop: AbortController; timeoutMs: number },
  work: () => Promise<T>,
): Promise<T> {
  const goesOn = new HypervisorError('somebody has let the machine go on meanwhile');
  const isStill = () => standsStill(host, place, still, Date.now() + timeoutMs);
  const over = new AbortController();
  const watch = async () => {
    while (await delay(WATCH_MS, true, { signal: over.signal }).catch(() => false)) {
      // What can't be looked at now is looked at in the end.
      if (await isStill().catch(() => true)) continue;
      // One that goes on now may do so because the work is done.
      if (!over.signal.aborted) stop.abort(goesOn);
    }
  };
  void watch();
  const done = await work().finally(() => over.abort());
  if (!(await isStill())) throw goesOn;
  return done;
}

async function standsStill(
  host: PausingHost,
  { vm, device }: Place,
  { ran, requests }: Stillness,
  until: number,
): Promise<boolean> {
  const state = await host.stateOf(vm, until);
  if (!state?.isPaused || state.ran !== ran) return false;
  return (await host.requestsOf(vm, device, until)) === requests;
}
