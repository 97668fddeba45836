import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HypervisorError, type VirtualMachine } from './driver.js';
import type { PausingHost, VmState } from './pausingHost.js';
import { backendOf, listDevices, listDomains, type XenDomain } from './xenDevices.js';
import { XenRecords } from './xenRecords.js';
import type { StoreView } from './xenstore.js';

/** What the driver asks Xen with. */
export interface XenTools {
  store<T>(until: number, look: (store: StoreView) => Promise<T>): Promise<T>;
  /** @returns what the toolstack printed */
  toolstack(args: readonly string[], until: number): Promise<string>;
  deadline(): number;
}

/**
 * The end of a line of `xl list`: running, blocked, paused, shut down, crashed or dying; and the seconds that its processors have
 * run, in tenths. Nothing of xl or xenstore tells them finer.
 */
const STATE = /\s[r-][b-]([p-])[s-][c-][d-]\s+([\d.]+)\s*$/;
const POLL_MS = 20;
/** Of the kernel's backend: reads, writes, flushes (also those that write) and discards that it has begun. */
const COUNTERS = ['rd_req', 'wr_req', 'f_req', 'ds_req'];

interface Backend {
  folder: string;
  block: string;
}

/** Pauses domains by xl. Xen counts pauses, so a domain that somebody else has paused stays so. */
export class XenPauses implements PausingHost {
  readonly records: XenRecords;
  readonly #tools: XenTools;

  constructor(tools: XenTools) {
    this.#tools = tools;
    this.records = new XenRecords(tools);
  }

  async fileOf(vm: VirtualMachine, device: string, until: number): Promise<string> {
    const domain = await this.#must(vm, until);
    const devices = await this.#tools.store(until, (store) => listDevices(store, domain));
    const found = devices.find((each) => each.device === device);
    if (found?.state === 'attached') return found.file;
    throw new HypervisorError(`${vm.name} has no such device: ${device}`);
  }

  async isThere(vm: VirtualMachine, until: number): Promise<boolean> {
    return (await this.#find(vm, until)) !== undefined;
  }

  async stateOf(vm: VirtualMachine, until: number): Promise<VmState | undefined> {
    const domain = await this.#find(vm, until);
    if (!domain) return undefined;
    try {
      const output = await this.#tools.toolstack(['list', domain.id], until);
      const [, paused, ran = ''] = STATE.exec(output) ?? [];
      if (paused) return { isPaused: paused === 'p', ran };
      throw new HypervisorError(`xl list told no state of ${vm.name}`);
    } catch (error) {
      // It may have ended just now.
      if (await this.#find(vm, until)) throw error;
      return undefined;
    }
  }

  async pause(vm: VirtualMachine, until: number): Promise<void> {
    const { id } = await this.#must(vm, until);
    await this.#tools.toolstack(['pause', id], until);
  }

  async unpause(vm: VirtualMachine, until: number): Promise<void> {
    const { id } = await this.#must(vm, until);
    await this.#tools.toolstack(['unpause', id], until);
  }

  async requestsOf(vm: VirtualMachine, device: string, until: number): Promise<string> {
    return countsOf(await this.#backend(vm, device, until));
  }

  /**
   * The backend goes on with what a guest had put into the ring before: until the block device behind has nothing in flight,
   * twice, and no request has come in between. What comes later all the same is nothing that the guest had been told is written.
   */
  async whenQuiet(vm: VirtualMachine, device: string, until: number): Promise<string> {
    const backend = await this.#backend(vm, device, until);
    let before: string | undefined;
    while (Date.now() < until) {
      const [inFlight, counts] = await Promise.all([
        readFile(`/sys/dev/block/${backend.block}/inflight`, 'utf8'),
        countsOf(backend),
      ]);
      const isIdle = inFlight
        .trim()
        .split(/\s+/)
        .every((count) => count === '0');
      if (isIdle && counts === before) return counts;
      before = isIdle ? counts : undefined;
      await delay(POLL_MS);
    }
    throw new HypervisorError(`${device} of ${vm.name} did not become quiet in time`);
  }

  /** Where the kernel shows a device's backend, and the block device behind it. */
  async #backend(vm: VirtualMachine, device: string, until: number): Promise<Backend> {
    const domain = await this.#must(vm, until);
    const backend = await this.#tools.store(until, (store) => backendOf(store, domain, device));
    const block = backend?.block;
    if (!block) throw new HypervisorError(`${vm.name} has no such device: ${device}`);
    const folder = `/sys/bus/xen-backend/devices/vbd-${domain.id}-${backend.number}/statistics`;
    return { folder, block };
  }

  async #must(vm: VirtualMachine, until: number): Promise<XenDomain> {
    const domain = await this.#find(vm, until);
    if (domain) return domain;
    throw new HypervisorError(`${vm.name}: no such domain on this host`);
  }

  /** One that was started anew has another number; one that was renamed is the same. */
  async #find(vm: VirtualMachine, until: number): Promise<XenDomain | undefined> {
    const domains = await this.#tools.store(until, listDomains);
    return domains.find(({ id, uuid }) => id === vm.id && uuid === vm.uuid);
  }
}

async function countsOf({ folder }: Backend): Promise<string> {
  const counts = await Promise.all(COUNTERS.map((name) => readFile(join(folder, name), 'utf8')));
  return counts.map((count) => count.trim()).join(' ');
}
