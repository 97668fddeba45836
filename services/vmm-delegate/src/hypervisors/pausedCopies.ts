import { setTimeout as delay } from 'node:timers/promises';
import { Locks } from '@vbs-lustre/shared/locks';
import {
  type Copier,
  type CopyOrder,
  type DeviceCopy,
  HypervisorError,
  type VirtualMachine,
} from './driver.js';
import { flush } from './imagePrograms.js';
import { fillCopy, type PauseOptions, type PausePlan, planPause } from './pausePlan.js';
import type { CopyRecord, PausingHost, VmState } from './pausingHost.js';

interface Running {
  order: CopyOrder;
  stop: AbortController;
  /** Never fails. */
  over: Promise<void>;
}

const FLUSH_MS = 3_600_000;
/** A VM is let go on at the first try, unless the host is in trouble. */
const TRIES = 5;
const RETRY_MS = 200;
const MAX_WORDS = 500;

/**
 * Copies the file behind a device while the VM is paused. This process may be killed at any moment: that a VM is paused is written
 * down before, and whoever looks next lets it go on.
 */
export class PausedCopier implements Copier {
  readonly #host: PausingHost;
  readonly #options: PauseOptions;
  readonly #turns = new Locks();
  readonly #running = new Map<string, Running>();

  constructor(host: PausingHost, options: PauseOptions) {
    this.#host = host;
    this.#options = options;
  }

  start(order: CopyOrder): Promise<void> {
    const stop = new AbortController();
    const until = this.#deadline();
    return new Promise((begun, refuse) => {
      const copy = () => this.#copy(order, until, stop.signal, begun);
      // One at a time for a VM: whoever came second would find it paused, and then not any more.
      const over = this.#turns
        .hold(order.vm.uuid, copy)
        .then((finish) => finish())
        .catch(refuse)
        .finally(() => this.#running.delete(order.snapshotId));
      this.#running.set(order.snapshotId, { order, stop, over });
    });
  }

  async look(vm?: VirtualMachine): Promise<DeviceCopy[]> {
    const running = new Set(this.#running.keys());
    const records = await this.#host.records.list();
    const copies = await Promise.all(records.map((record) => this.#settle(record, running)));
    const there = copies.filter((copy) => copy !== undefined);
    return there.filter((copy) => !vm || copy.vm.uuid === vm.uuid);
  }

  async end(_vm: VirtualMachine, snapshotId: string): Promise<void> {
    await this.#stop(({ order }) => order.snapshotId === snapshotId, 'the copy was ended');
    if (await this.#recover(snapshotId)) await this.#host.records.remove(snapshotId);
  }

  /** Has the copies of a device fail, so that the VM goes on and can let it go. */
  cancel(vm: VirtualMachine, device: string): Promise<void> {
    const isOf = ({ order }: Running) => order.vm.uuid === vm.uuid && order.device === device;
    return this.#stop(isOf, 'the volume was detached');
  }

  stop(): Promise<void> {
    return this.#stop(() => true, 'the VMM Delegate was stopped');
  }

  /** Returns when the VM is not paused any more for a copy that was begun before. */
  whenGoingOn(vm: VirtualMachine): Promise<void> {
    return this.#turns.hold(vm.uuid, async () => {});
  }

  /** @returns what is left to be done when the VM goes on */
  async #copy(
    order: CopyOrder,
    until: number,
    signal: AbortSignal,
    begun: () => void,
  ): Promise<() => Promise<void>> {
    const { snapshotId, vm, device } = order;
    const plan = await planPause(this.#host, order, this.#options, until, signal);
    const { pauses, allowedMs } = plan;
    const record = { snapshotId, vm, device, state: 'running', pauses, bytesDone: 0 } as const;
    signal.throwIfAborted();
    await this.#host.records.write(record);
    const end = Date.now() + allowedMs;
    let still: VmState;
    try {
      still = await this.#hold(record, Math.min(until, end));
      signal.throwIfAborted();
    } catch (error) {
      await this.#goOn(record, false);
      await this.#host.records.remove(snapshotId);
      throw error;
    }
    begun();
    const failure = await this.#fill(order, plan, still, end, signal).then(() => undefined, words);
    // Should that fail, the copy stays `running` though nobody copies: the next look does it, or says why it can't.
    await this.#goOn(record, true);
    const done = { ...record, pauses: false, bytesDone: plan.sizeBytes };
    return () => this.#finish(order.target, done, failure, signal);
  }

  /** Pauses the VM, if that is to be done. @returns how it stands then */
  async #hold({ vm, device, pauses }: CopyRecord, until: number): Promise<VmState> {
    if (Date.now() > until) throw new HypervisorError('the copy was not begun in time');
    if (pauses) await this.#host.pause(vm, until);
    const state = await this.#host.stateOf(vm, until);
    if (!state?.isPaused) throw new HypervisorError(`${vm.name} was not paused`);
    await this.#host.whenQuiet(vm, device, until);
    return state;
  }

  async #fill(
    { vm, target }: CopyOrder,
    plan: PausePlan,
    still: VmState,
    end: number,
    signal: AbortSignal,
  ): Promise<void> {
    await fillCopy(target, plan, end, signal);
    const state = await this.#host.stateOf(vm, this.#deadline());
    if (state?.isPaused && state.ran === still.ran) return;
    throw new HypervisorError('somebody has let the machine go on meanwhile');
  }

  /** @param done what is to be written down if all is well */
  async #finish(
    target: string,
    done: CopyRecord,
    failure: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const limits = { until: Date.now() + FLUSH_MS, signal };
    const trouble = failure ?? (await flush(target, limits).then(() => undefined, words));
    const message = signal.aborted ? words(signal.reason) : trouble;
    const end = message === undefined ? { state: 'done' as const } : failed(message);
    await this.#host.records.write({ ...done, ...end });
  }

  /** @param running what was under way before the record was read */
  async #settle(record: CopyRecord, running: ReadonlySet<string>): Promise<CopyRecord | undefined> {
    const { snapshotId, vm, state } = record;
    if (!(await this.#host.isThere(vm, this.#deadline()))) {
      await this.end(vm, snapshotId);
      return undefined;
    }
    const isKnown = state !== 'running' || running.has(snapshotId);
    return isKnown ? record : this.#recover(snapshotId);
  }

  /** Has a copy fail that another life of this delegate had begun. */
  #recover(snapshotId: string): Promise<CopyRecord | undefined> {
    return this.#turns.hold(snapshotId, async () => {
      const isOurs = this.#running.has(snapshotId);
      const all = await this.#host.records.list();
      const record = all.find((each) => each.snapshotId === snapshotId);
      if (isOurs || record?.state !== 'running') return record;
      await this.#goOn(record, false);
      const message = 'the VMM Delegate was started anew before all was copied';
      const ended = { ...record, pauses: false, ...failed(message) };
      await this.#host.records.write(ended);
      return ended;
    });
  }

  /**
   * Lets a VM go on that we have paused.
   * @param isSure whether we have; otherwise it is looked at first
   * @throws {HypervisorError} if that can't be done
   */
  async #goOn({ vm, pauses }: CopyRecord, isSure: boolean): Promise<void> {
    if (!pauses) return;
    for (let tries = 1; ; tries += 1) {
      try {
        const isPaused = isSure && tries === 1;
        if (isPaused || (await this.#host.stateOf(vm, this.#deadline()))?.isPaused) {
          await this.#host.unpause(vm, this.#deadline());
        }
        return;
      } catch (error) {
        if (tries < TRIES) await delay(RETRY_MS);
        else throw new HypervisorError(`${vm.name} is paused and cannot go on: ${words(error)}`);
      }
    }
  }

  async #stop(isMeant: (each: Running) => boolean, reason: string): Promise<void> {
    const meant = [...this.#running.values()].filter(isMeant);
    for (const { stop } of meant) stop.abort(new HypervisorError(reason));
    await Promise.all(meant.map(({ over }) => over));
  }

  #deadline(): number {
    return Date.now() + this.#options.timeoutMs;
  }
}

function failed(message: string) {
  return { state: 'failed' as const, bytesDone: 0, message: message.slice(0, MAX_WORDS) };
}

/** The owner of the snapshot reads them: no paths. */
function words(error: unknown): string {
  return (error as Error).message.replaceAll(/'\/[^']*'|\/\S+/g, 'the file');
}
