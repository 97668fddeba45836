import { setTimeout as delay } from 'node:timers/promises';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { run } from '@vbs-lustre/shared/process/run';
import { assertDeviceName } from './deviceName.js';
import {
  type AttachOrder,
  type DetachOptions,
  type HostView,
  type Hypervisor,
  HypervisorError,
  type VirtualMachine,
} from './driver.js';
import { PausedCopier } from './pausedCopies.js';
import { backendOf, listDevices, listDomains, type XenDomain } from './xenDevices.js';
import { XenLoops } from './xenLoops.js';
import { XenPauses, type XenTools } from './xenPauses.js';
import { lookAtStore, type StoreView } from './xenstore.js';

export interface XenOptions {
  /** The toolstack's program, xl or, of the paper's time, xm. */
  program?: string;
  /** How the program wants a disk described. */
  syntax?: 'xl' | 'xm';
  /** Where xenstored listens. */
  xenstoreSocket?: string;
  /** For one look, in milliseconds; an order may take a minute at least, when it has waited half of this for others. */
  timeoutMs?: number;
  /** Milliseconds for which a domain may be paused unasked for a snapshot, where its file can be cloned. */
  clonePauseMs?: number;
  /** Milliseconds for which one may be paused at the most, whatever is asked for. */
  maxPauseMs?: number;
  /** How fast a file is copied, by which it is estimated how long a domain would be paused. */
  copyBytesPerSecond?: number;
}

const MAX_WORDS = 1_000;
/** As long as xl gives a guest to let a device go. */
const GUEST_MS = 10_000;
/**
 * As long as xl has at least for an order: it gives a guest ten seconds, and its block script 40, and an xl that is killed before leaves
 * more behind than one that was never started.
 */
const ORDER_MS = 60_000;
const POLL_MS = 100;
const CLONE_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;
const COPY_BYTES_PER_SECOND = 100 * 1024 ** 2;

/**
 * Xen. Orders go through its toolstack; what is true is read from xenstore, never from an exit code: `xl` exits with 0
 * for a device that a paused guest has not taken, and leaves the device of a failed attach behind.
 */
export function openXen(options: XenOptions = {}): Hypervisor {
  return new XenHypervisor(options);
}

class XenHypervisor implements Hypervisor {
  readonly name = 'xen';
  readonly copier: PausedCopier | undefined;
  readonly #options: Required<XenOptions>;
  readonly #loops: XenLoops;

  constructor(options: XenOptions) {
    const { syntax = 'xl', program = syntax, timeoutMs = 60_000 } = options;
    const { xenstoreSocket = '/run/xenstored/socket' } = options;
    const { clonePauseMs = CLONE_PAUSE_MS, maxPauseMs = MAX_PAUSE_MS } = options;
    const { copyBytesPerSecond = COPY_BYTES_PER_SECOND } = options;
    const copying = { clonePauseMs, maxPauseMs, copyBytesPerSecond };
    this.#options = { syntax, program, xenstoreSocket, timeoutMs, ...copying };
    const tools: XenTools = {
      store: (until, look) => this.#store(until, look),
      toolstack: (args, until) => this.#toolstack(args, until),
      deadline: () => this.#deadline(),
    };
    this.#loops = new XenLoops(tools);
    // What xm prints of its day's domains, nobody can try any more.
    if (syntax === 'xl') {
      this.copier = new PausedCopier(new XenPauses(tools), { ...copying, timeoutMs });
    }
  }

  look(vm?: VirtualMachine): Promise<HostView> {
    return this.#store(this.#deadline(), async (store) => {
      const domains = await listDomains(store);
      const wanted = vm ? domains.filter((each) => isSame(each, vm)) : domains;
      const devices = await Promise.all(wanted.map((each) => listDevices(store, each)));
      return { vms: wanted, attachments: devices.flat() };
    });
  }

  async attach(order: AttachOrder): Promise<void> {
    assertDeviceName(order.device);
    const patience = Date.now() + this.#options.timeoutMs / 2;
    // A paused guest takes nothing.
    await this.copier?.whenGoingOn(order.vm, patience - Date.now());
    const domain = await this.#loops.attaching(order.file, patience, () => this.#attach(order));
    await this.#whenTaken(domain, order.device);
  }

  async #attach(order: AttachOrder): Promise<XenDomain> {
    const domain = await this.#find(order.vm, this.#deadline());
    if (!domain) throw new HypervisorError(`${order.vm.name}: no such domain on this host`);
    order.mayBegin?.();
    const disk = diskArguments(order, this.#options.syntax);
    await this.#toolstack(['block-attach', domain.id, ...disk], this.#orderDeadline());
    return domain;
  }

  /** xl does not wait for the guest to take the device. One that is paused never does, which the caller's look tells. */
  async #whenTaken(domain: XenDomain, device: string): Promise<void> {
    const patience = Date.now() + GUEST_MS;
    while (Date.now() < patience) {
      const devices = await this.#store(this.#deadline(), (store) => listDevices(store, domain));
      const found = devices.find((each) => each.device === device);
      if (found?.state !== 'incomplete' || found.flaw !== undefined) return;
      await delay(POLL_MS);
    }
  }

  async detach(vm: VirtualMachine, device: string, options: DetachOptions = {}): Promise<void> {
    assertDeviceName(device);
    await this.copier?.cancel(vm, device);
    // Nor does it let go of another disk; an order to do so would stay, and be carried out halfway.
    if (!options.force) await this.copier?.whenGoingOn(vm, this.#options.timeoutMs / 2);
    const [domain, behind] = await this.#store(this.#deadline(), async (store) => {
      const found = (await listDomains(store)).find((each) => isSame(each, vm));
      return [found, found && (await backendOf(store, found, device))] as const;
    });
    if (!domain) return;
    const force = options.force ? ['--force'] : [];
    await this.#loops.detaching(behind, async () => {
      try {
        await this.#toolstack(['block-detach', ...force, domain.id, device], this.#orderDeadline());
      } catch (error) {
        // The device may not have been there, or the machine have ended meanwhile.
        if (await this.#hasDevice(domain, device, this.#deadline())) throw error;
      }
    });
  }

  async #find(vm: VirtualMachine, until: number): Promise<XenDomain | undefined> {
    const domains = await this.#store(until, listDomains);
    return domains.find((domain) => isSame(domain, vm));
  }

  async #hasDevice(domain: XenDomain, device: string, until: number): Promise<boolean> {
    const devices = await this.#store(until, (store) => listDevices(store, domain));
    return devices.some((each) => each.device === device);
  }

  #store<T>(until: number, look: (store: StoreView) => Promise<T>): Promise<T> {
    return lookAtStore(this.#options.xenstoreSocket, until, look);
  }

  async #toolstack(args: readonly string[], until: number): Promise<string> {
    const timeoutMs = Math.max(1, until - Date.now());
    // An order that went on after its delegate has died would come after the next start's look at what is attached.
    const dieWithParent = args[0] !== 'list';
    try {
      return (await run(this.#options.program, args, { timeoutMs, dieWithParent })).stdout;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw new HypervisorError(words(error), { cause: error });
    }
  }

  /** When an order is over, in any case. */
  #orderDeadline(): number {
    return Date.now() + Math.max(ORDER_MS, this.#options.timeoutMs);
  }

  #deadline(): number {
    return Date.now() + this.#options.timeoutMs;
  }
}

/** A machine that was started anew under the name of another is not that one. */
function isSame(domain: XenDomain, vm: VirtualMachine): boolean {
  return domain.name === vm.name && domain.uuid === vm.uuid;
}

/** Never with the mode `w!`, which tells Xen not to look for other writers. */
export function diskArguments({ device, file, mode }: AttachOrder, syntax: 'xl' | 'xm'): string[] {
  const access = mode === 'w' ? 'w' : 'r';
  if (syntax === 'xm') return [`file:${file}`, device, access];
  // `target` comes last: it takes the rest as it is, also commas.
  return [`format=raw,vdev=${device},access=${access},target=${file}`];
}

/** libxl says one thing at every layer that an error passes: only all of its lines tell what happened. */
function words({ message, stderr }: CommandError): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  const rest = lines.filter((line) => line !== '' && !message.endsWith(line));
  return [message, ...rest].join(' | ').slice(0, MAX_WORDS);
}
