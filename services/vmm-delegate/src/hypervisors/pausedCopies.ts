import { setTimeout as delay } from 'node:timers/promises';
import { Locks } from '@vbs-lustre/shared/locks';
import { within } from '@vbs-lustre/shared/waiting';
import {
  type Copier,
  type CopyOrder,
  type DeviceCopy,
  HypervisorError,
  PausedError,
  type VirtualMachine,
} from './driver.js';
import { flush } from './imagePrograms.js';
import { fillCopy, type PauseOptions, planPause } from './pausePlan.js';
import type { CopyRecord, PausingHost } from './pausingHost.js';
import { type Stillness, standStill, whileStill } from './stillness.js';
import { whileMeasured } from './whileMeasured.js';

interface Running {
  order: CopyOrder;
  stop: AbortController;
  /** What is written of its file, as far as it was looked at. */
  bytesDone: number;
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
      const copy = () => this.#copy(order, until, stop, begun);
      const over = this.#whenItsTurn(order.vm, stop, copy)
        .then((finish) => finish())
        .catch(refuse)
        .finally(() => this.#running.delete(order.snapshotId));
      this.#running.set(order.snapshotId, { order, stop, bytesDone: 0, over });
    });
  }

  async look(vm?: VirtualMachine): Promise<DeviceCopy[]> {
    const running = new Set(this.#running.keys());
    const records = await this.#host.records.list();
    const copies = await Promise.all(records.map((record) => this.#settle(record, running)));
    const there = copies.filter((copy) => copy !== undefined);
    const wanted = there.filter((copy) => !vm || copy.vm.uuid === vm.uuid);
    const bytesOf = (id: string) => this.#running.get(id)?.bytesDone ?? 0;
    return wanted.map((copy) =>
      copy.state === 'running' ? { ...copy, bytesDone: bytesOf(copy.snapshotId) } : copy,
    );
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

  /** Returns when the VM is not paused any more for a copy that was begun before. @throws {PausedError} if that takes longer */
  async whenGoingOn(vm: VirtualMachine, limitMs: number): Promise<void> {
    const isGoing = await within(
      limitMs,
      this.#turns.hold(vm.uuid, async () => true),
    );
    if (!isGoing) throw new PausedError(vm);
  }

  /**
   * Does work when it is the VM's turn: one copy at a time, since the second would find it paused, and then not any more. Who is
   * stopped before, or has waited as long as any call may take, takes no turn.
   */
  #whenItsTurn<T>(
    { uuid }: VirtualMachine,
    stop: AbortController,
    work: () => Promise<T>,
  ): Promise<T> {
    const late = new HypervisorError('the copy was not begun in time');
    return new Promise((resolve, reject) => {
      const leave = () => reject(stop.signal.reason);
      const limit = setTimeout(() => stop.abort(late), this.#options.timeoutMs);
      stop.signal.addEventListener('abort', leave);
      void this.#turns.hold(uuid, async () => {
        clearTimeout(limit);
        stop.signal.removeEventListener('abort', leave);
        if (!stop.signal.aborted) await work().then(resolve, reject);
      });
    });
  }

  /** @returns what is left to be done when the VM goes on */
  async #copy(
    order: CopyOrder,
    until: number,
    stop: AbortController,
    begun: () => void,
  ): Promise<() => Promise<void>> {
    const { snapshotId, vm, device, target } = order;
    const { signal } = stop;
    const plan = await planPause(this.#host, order, this.#options, until, signal);
    const { pauses, allowedMs } = plan;
    const record = { snapshotId, vm, device, state: 'running', pauses, bytesDone: 0 } as const;
    signal.throwIfAborted();
    await this.#host.records.write(record);
    const end = Date.now() + allowedMs;
    let still: Stillness;
    try {
      still = await this.#hold(record, Math.min(until, end));
      signal.throwIfAborted();
    } catch (error) {
      await this.#goOn(record, false);
      await this.#host.records.remove(snapshotId);
      throw error;
    }
    begun();
    const watch = { stop, timeoutMs: this.#options.timeoutMs };
    const tell = (bytesDone: number) => {
      const running = this.#running.get(snapshotId);
      if (running) running.bytesDone = bytesDone;
    };
    const copy = () => fillCopy(target, plan, end, signal);
    const fill = () => whileMeasured(target, this.#options.timeoutMs, tell, copy);
    const failure = await whileStill(this.#host, order, still, watch, fill).then(
      () => undefined,
      words,
    );
    // Should that fail, the copy stays `running` though nobody copies: the next look does it, or says why it can't.
    await this.#goOn(record, true);
    const going = { ...record, pauses: false };
    // At once: were this process killed before, the next one would take a pause that somebody else orders from now on for ours.
    if (pauses) await this.#host.records.write(going);
    return () => this.#finish(target, { ...going, bytesDone: plan.sizeBytes }, failure, signal);
  }

  /** Pauses the VM, if that is to be done. */
  async #hold(record: CopyRecord, until: number): Promise<Stillness> {
    if (Date.now() > until) throw new HypervisorError('the copy was not begun in time');
    if (record.pauses) await this.#host.pause(record.vm, until);
    return standStill(this.#host, record, until);
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
