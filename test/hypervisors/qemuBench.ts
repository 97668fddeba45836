import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabVm } from '@vbs-lustre/lab/qemu/labVm';
import type { Hypervisor } from '../../services/vmm-delegate/src/hypervisors/driver.js';
import { openQemu } from '../../services/vmm-delegate/src/hypervisors/qemu.js';
import { QmpConnection } from '../../services/vmm-delegate/src/hypervisors/qmp.js';
import type { HypervisorBench, VmName } from './bench.js';
import { LONG_MS } from './site.js';

const IMPATIENT_MS = 3_000;

/** The lab's QEMU machines, and the driver in this process. */
export class QemuBench implements HypervisorBench {
  readonly hypervisor: Hypervisor;
  readonly impatient: Hypervisor;
  readonly hasForce = false;
  readonly hasCopier = true;
  readonly folder: { here: string; there: string };
  readonly uuidScript = 'cat /sys/class/dmi/id/product_uuid';
  readonly #home: string;
  readonly #vms = new Map<VmName, LabVm>();

  private constructor(home: string) {
    this.#home = home;
    this.folder = { here: join(home, 'volumes'), there: join(home, 'volumes') };
    this.hypervisor = openQemu({ directory: this.#qmpDirectory, timeoutMs: LONG_MS });
    this.impatient = openQemu({ directory: this.#qmpDirectory, timeoutMs: IMPATIENT_MS });
  }

  static async prepare(): Promise<QemuBench> {
    const bench = new QemuBench(await mkdtemp(join(tmpdir(), 'vbs-')));
    for (const folder of [bench.folder.here, bench.#qmpDirectory]) await mkdir(folder);
    return bench;
  }

  async start(name: VmName): Promise<LabVm> {
    const stateDirectory = join(this.#home, 'state');
    const vm = await LabVm.start({ name, qmpDirectory: this.#qmpDirectory, stateDirectory });
    this.#vms.set(name, vm);
    return vm;
  }

  async pause(name: VmName): Promise<void> {
    await this.#command(name, 'stop');
  }

  async resume(name: VmName): Promise<void> {
    await this.#command(name, 'cont');
  }

  async heldFiles(): Promise<string[]> {
    const { vms } = await this.hypervisor.look();
    const nodes = await Promise.all(
      vms.map(({ name }) => this.#command(name as VmName, 'query-named-block-nodes')),
    );
    const files = (nodes.flat() as { file: string }[]).map(({ file }) => file);
    return [...new Set(files)];
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#vms.values()].map((vm) => vm.stop()));
    await rm(this.#home, { recursive: true });
  }

  get #qmpDirectory(): string {
    return join(this.#home, 'vms');
  }

  /** At the machine's second monitor: the first is the driver's. */
  async #command(name: VmName, command: string): Promise<unknown> {
    const qmp = await QmpConnection.open(this.#vms.get(name)?.watchSocket as string, LONG_MS);
    try {
      return await qmp.execute(command);
    } finally {
      qmp.close();
    }
  }
}
