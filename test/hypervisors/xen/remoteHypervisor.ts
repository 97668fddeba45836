import {
  type AttachOrder,
  type Copier,
  type DetachOptions,
  type DeviceCopy,
  type HostView,
  type Hypervisor,
  HypervisorError,
  type VirtualMachine,
} from '../../../services/vmm-delegate/src/hypervisors/driver.js';

interface Answer {
  result?: unknown;
  error?: { name: string; message: string };
}

/** A driver that runs elsewhere: serve-driver.mjs. */
export class RemoteHypervisor implements Hypervisor {
  readonly name: string;
  readonly #url: string;

  constructor(name: string, url: string) {
    this.name = name;
    this.#url = url;
  }

  async look(vm?: VirtualMachine): Promise<HostView> {
    return (await this.#call('look', vm ? [vm] : [])) as HostView;
  }

  async attach(order: AttachOrder): Promise<void> {
    await this.#call('attach', [order]);
  }

  async detach(vm: VirtualMachine, device: string, options: DetachOptions = {}): Promise<void> {
    await this.#call('detach', [vm, device, options]);
  }

  readonly copier: Copier = {
    start: async (order) => void (await this.#call('copier.start', [order])),
    look: async (vm) => (await this.#call('copier.look', vm ? [vm] : [])) as DeviceCopy[],
    end: async (vm, snapshotId) => void (await this.#call('copier.end', [vm, snapshotId])),
    stop: async () => void (await this.#call('copier.stop', [])),
  };

  async #call(
    method: keyof Hypervisor | `copier.${keyof Copier}`,
    args: readonly unknown[],
  ): Promise<unknown> {
    const body = JSON.stringify({ method, args });
    const response = await fetch(this.#url, { method: 'POST', body });
    const { result, error } = (await response.json()) as Answer;
    if (!error) return result;
    if (error.name === 'HypervisorError') throw new HypervisorError(error.message);
    throw new Error(`${error.name}: ${error.message}`);
  }
}
