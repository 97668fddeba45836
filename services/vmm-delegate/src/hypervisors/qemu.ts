import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { assertDeviceName } from './deviceName.js';
import {
  type AttachOrder,
  type Copier,
  type HostView,
  type Hypervisor,
  HypervisorError,
  type VirtualMachine,
} from './driver.js';
import { endCopy, listCopies, startCopy } from './qemuCopies.js';
import { addDisk, listDisks, removeDisk, resizeDisk } from './qemuDisks.js';
import { type QmpConnection, QmpError } from './qmp.js';
import { QmpSockets } from './qmpSockets.js';

export interface QemuOptions {
  /** Holds one QMP socket a VM, `<name of the VM>.qmp`. Start each VM with a `-uuid` of its own. */
  directory: string;
  /** Of each copy of a disk that is written; 0: no limit. */
  copyBytesPerSecond?: number;
  /** Milliseconds: for getting a VM's monitor, for each of QEMU's answers, for a guest to release a device. */
  timeoutMs: number;
}

const SUFFIX = '.qmp';
const DYING_RETRY_MS = 50;

/** Plain QEMU processes, without a manager such as libvirt. */
export function openQemu(options: QemuOptions): Hypervisor {
  return new QemuHypervisor(options);
}

class QemuHypervisor implements Hypervisor {
  readonly name = 'qemu';
  readonly #options: QemuOptions;
  readonly #sockets: QmpSockets;

  constructor(options: QemuOptions) {
    this.#options = options;
    this.#sockets = new QmpSockets(options.timeoutMs);
  }

  async look(vm?: VirtualMachine): Promise<HostView> {
    const lookAt = async (qmp: QmpConnection, each: VirtualMachine): Promise<HostView> => ({
      vms: [each],
      attachments: await listDisks(qmp, each),
    });
    const views = vm ? [await this.#askVm(vm, lookAt)] : await this.#askAll(lookAt);
    return {
      vms: views.flatMap((view) => view?.vms ?? []),
      attachments: views.flatMap((view) => view?.attachments ?? []),
    };
  }

  async attach(order: AttachOrder): Promise<void> {
    assertDeviceName(order.device);
    const done = await this.#askVm(order.vm, async (qmp) => {
      order.mayBegin?.();
      await addDisk(qmp, order);
      return true;
    });
    if (!done) throw new HypervisorError(`${order.vm.name}: no such VM runs on this host`);
  }

  async detach(vm: VirtualMachine, device: string): Promise<void> {
    assertDeviceName(device);
    await this.#askVm(vm, (qmp) => removeDisk(qmp, device, this.#options.timeoutMs));
  }

  async resize(vm: VirtualMachine, device: string, sizeBytes: number): Promise<void> {
    assertDeviceName(device);
    const done = await this.#askVm(vm, async (qmp) => {
      await resizeDisk(qmp, device, sizeBytes);
      return true;
    });
    if (!done) throw new HypervisorError(`${vm.name}: no such VM runs on this host`);
  }

  readonly copier: Copier = {
    start: async (order) => {
      assertDeviceName(order.device);
      const done = await this.#askVm(order.vm, async (qmp) => {
        await startCopy(qmp, order, this.#options.copyBytesPerSecond ?? 0);
        return true;
      });
      if (!done) throw new HypervisorError(`${order.vm.name}: no such VM runs on this host`);
    },
    look: async (vm) => {
      const all = vm ? [await this.#askVm(vm, listCopies)] : await this.#askAll(listCopies);
      return all.flatMap((copies) => copies ?? []);
    },
    end: async (vm, snapshotId) => {
      const { timeoutMs } = this.#options;
      await this.#askVm(vm, (qmp) => endCopy(qmp, snapshotId, timeoutMs));
    },
  };

  /** All or nothing: a list that leaves out a VM that hangs would say that its devices are gone. */
  async #askAll<T>(action: (qmp: QmpConnection, vm: VirtualMachine) => Promise<T>): Promise<T[]> {
    const answers = (await this.#names()).map((name) =>
      this.#ask(name, async (qmp) => action(qmp, { name, uuid: await uuidOf(qmp) })),
    );
    return (await Promise.all(answers)).filter((answer) => answer !== undefined);
  }

  async #askVm<T>(
    vm: VirtualMachine,
    action: (qmp: QmpConnection, vm: VirtualMachine) => Promise<T>,
  ): Promise<T | undefined> {
    if (vm.name !== basename(vm.name)) return undefined;
    return this.#ask(vm.name, async (qmp) => {
      // Another VM can have been started under the name of one that has ended.
      return (await uuidOf(qmp)) === vm.uuid ? action(qmp, vm) : undefined;
    });
  }

  /** Undefined if no process is behind the socket, or no longer. */
  async #ask<T>(name: string, action: (qmp: QmpConnection) => Promise<T>): Promise<T | undefined> {
    const path = join(this.#options.directory, `${name}${SUFFIX}`);
    try {
      return await this.#sockets.use(path, action);
    } catch (error) {
      if (error instanceof HypervisorError || !(error instanceof QmpError)) throw error;
      if (await this.#isGone(path, error)) return undefined;
      throw new HypervisorError(`${name}: ${error.message}`, { cause: error });
    }
  }

  /** A QEMU that ends drops its connections a moment before it stops listening. */
  async #isGone(path: string, error: QmpError): Promise<boolean> {
    const until = Date.now() + this.#options.timeoutMs;
    let { kind } = error;
    while (kind === 'closed' && Date.now() < until) {
      await delay(DYING_RETRY_MS);
      kind = await this.#sockets.use(path, async () => 'refused' as const).catch((e) => e.kind);
    }
    return kind === 'gone';
  }

  async #names(): Promise<string[]> {
    const { directory } = this.#options;
    const files = await readdir(directory).catch((error: Error) => {
      throw new HypervisorError(`no QMP sockets: ${error.message}`, { cause: error });
    });
    return files.filter((file) => file.endsWith(SUFFIX)).map((file) => basename(file, SUFFIX));
  }
}

async function uuidOf(qmp: QmpConnection): Promise<string> {
  const { UUID } = (await qmp.execute('query-uuid')) as { UUID: string };
  return UUID.toLowerCase();
}
