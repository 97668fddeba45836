import { readFile } from 'node:fs/promises';
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

/** The end of a line of `xl list`: running, blocked, paused, shut down, crashed or dying; and seconds. */
const STATE = /\s[r-][b-]([p-])[s-][c-][d-]\s+([\d.]+)\s*$/;
const POLL_MS = 20;

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

  /**
   * The backend goes on with what a guest had put into the ring before: until the block device behind has nothing in flight,
   * twice, and no write has come in between. What comes later all the same is nothing that the guest had been told is written.
   */
  async whenQuiet(vm: VirtualMachine, device: string, until: number): Promise<void> {
    const domain = await this.#must(vm, until);
    const backend = await this.#tools.store(until, (store) => backendOf(store, domain, device));
    if (!backend) throw new HypervisorError(`${vm.name} has no such device: ${device}`);
    const [block, number] = [numbersOf(backend.block), backend.number];
    const counter = `/sys/bus/xen-backend/devices/vbd-${domain.id}-${number}/statistics/wr_req`;
    let before: string | undefined;
    while (Date.now() < until) {
      const [inFlight = '', written = ''] = await Promise.all(
        [`/sys/dev/block/${block}/inflight`, counter].map((path) => readFile(path, 'utf8')),
      );
      const isIdle = inFlight
        .trim()
        .split(/\s+/)
        .every((count) => count === '0');
      if (isIdle && written === before) return;
      before = isIdle ? written : undefined;
      await delay(POLL_MS);
    }
    throw new HypervisorError(`${device} of ${vm.name} did not become quiet in time`);
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

/** xenstore has them in hexadecimal. */
function numbersOf(block: string): string {
  return block
    .split(':')
    .map((number) => Number.parseInt(number, 16))
    .join(':');
}
