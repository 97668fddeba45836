import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { type CopyOrder, HypervisorError, PauseError } from './driver.js';
import { clone, copyData, flush, sizesOf } from './imagePrograms.js';
import type { PausingHost } from './pausingHost.js';

export interface PauseOptions {
  /** Milliseconds for which a VM may be paused unasked, where its file can be cloned. */
  clonePauseMs: number;
  /** Milliseconds for which a VM may be paused at the most, whatever is asked for. */
  maxPauseMs: number;
  /** How fast a file is copied, by which it is estimated how long a VM would be paused. */
  copyBytesPerSecond: number;
  /** Milliseconds, for one call. */
  timeoutMs: number;
}

/** How a copy will be made. */
export interface PausePlan {
  file: string;
  sizeBytes: number;
  isClone: boolean;
  /** Not a VM that somebody else has paused: it stays so. */
  pauses: boolean;
  allowedMs: number;
  /** How long the hypervisor takes for one order. */
  orderMs: number;
}

/** A pause takes an order, a look before and after the copy, and an order that ends it. */
const ORDERS = 4;
const ORDERS_AFTER = 2;
/** Of a VM that somebody else has paused. */
const NO_LIMIT_MS = 24 * 3_600_000;

/**
 * Looks how a copy can be made, and how long that would take: the file is cloned on trial, and then once more.
 * @param until as in Date.now()
 * @throws {PauseError} if that is longer than is allowed
 */
export async function planPause(
  host: PausingHost,
  order: CopyOrder,
  { clonePauseMs, maxPauseMs, copyBytesPerSecond }: PauseOptions,
  until: number,
  signal: AbortSignal,
): Promise<PausePlan> {
  const { vm, device, target } = order;
  const file = await host.fileOf(vm, device, until);
  const limits = { until, signal };
  // So that little is left to be flushed while the VM is paused.
  await flush(file, limits);
  const { all, own } = await sizesOf(file, limits);
  const begun = performance.now();
  const isClone = await clone(file, target, limits);
  const cloned = performance.now();
  const state = await host.stateOf(vm, until);
  if (!state) throw new HypervisorError(`${vm.name}: no such VM runs on this host`);
  const orderMs = performance.now() - cloned;
  const plan = { file, sizeBytes: all, isClone, pauses: !state.isPaused, orderMs };
  if (state.isPaused) return { ...plan, allowedMs: NO_LIMIT_MS };
  const allowedMs = Math.min(maxPauseMs, order.maxPauseMs ?? (isClone ? clonePauseMs : 0));
  const fillMs = isClone ? cloned - begun : (own / copyBytesPerSecond) * 1_000;
  const neededMs = ORDERS * orderMs + fillMs;
  if (neededMs > allowedMs) throw new PauseError(vm, neededMs, allowedMs, maxPauseMs);
  return { ...plan, allowedMs };
}

/**
 * Fills the file of a copy while the VM is paused; what is filled is not flushed.
 * @param end of the pause, as in Date.now(): what comes after this takes a part of it
 */
export async function fillCopy(
  target: string,
  { file, isClone, orderMs }: PausePlan,
  end: number,
  signal: AbortSignal,
): Promise<void> {
  const limits = { until: end - ORDERS_AFTER * orderMs, signal };
  try {
    if (!isClone) await copyData(file, target, limits);
    else if (!(await clone(file, target, limits))) throw new HypervisorError('it cannot be cloned');
  } catch (error) {
    if (!(error instanceof CommandError && error.timedOut)) throw error;
    throw new HypervisorError('it took longer than the machine may be paused');
  }
}
