import { assertDeviceName } from './deviceName.js';
import {
  type AttachOrder,
  type BlockAttachment,
  type Hypervisor,
  HypervisorError,
  type VirtualMachine,
} from './driver.js';
import { parseVmPath, stripDriver, type XenDomain, type XenVbd } from './xenParse.js';
import { XenTools, type XenToolsOptions } from './xenTools.js';
import { vdevName } from './xenVdev.js';

export interface XenOptions extends Partial<XenToolsOptions> {
  /** For one call of the driver, in milliseconds: longer than the 40 s after which Xen kills its block script. */
  timeoutMs?: number;
}

interface Guest {
  domain: XenDomain;
  vm: VirtualMachine;
}

/** XenbusStateConnected: both sides work. */
const CONNECTED = '4';
/** Another kind of backend, such as qdisk, can have state 4 though no process serves it. */
const KERNEL_BACKEND = '/backend/vbd/';

/** Xen with `xl`, or with `xm`, the toolstack of the paper's time. */
export function openXen(options: XenOptions = {}): Hypervisor {
  return new XenHypervisor(options);
}

class XenHypervisor implements Hypervisor {
  readonly name = 'xen';
  readonly #tools: XenTools;
  readonly #timeoutMs: number;

  constructor(options: XenOptions) {
    const { syntax = 'xl', program = syntax, xenstoreRead = 'xenstore-read' } = options;
    this.#tools = new XenTools({ syntax, program, xenstoreRead });
    this.#timeoutMs = options.timeoutMs ?? 60_000;
  }

  async listVms(): Promise<VirtualMachine[]> {
    return (await this.#guests(this.#deadline())).map(({ vm }) => vm);
  }

  async listAttachments(vm?: VirtualMachine): Promise<BlockAttachment[]> {
    const until = this.#deadline();
    const guests = await this.#guests(until, vm);
    const lists: BlockAttachment[][] = [];
    for (const guest of guests) lists.push(await this.#attachmentsOf(guest, until));
    return lists.flat();
  }

  async attach(order: AttachOrder): Promise<void> {
    assertDeviceName(order.device);
    const until = this.#deadline();
    const [guest] = await this.#guests(until, order.vm);
    if (!guest) throw new HypervisorError(`${order.vm.name}: no such domain on this host`);
    await this.#tools.attach(guest.domain.id, order, until);
  }

  async detach(vm: VirtualMachine, device: string): Promise<void> {
    assertDeviceName(device);
    const until = this.#deadline();
    const [guest] = await this.#guests(until, vm);
    if (!guest) return;
    const detached = this.#tools.detach(guest.domain.id, device, until);
    await unlessGone(detached, () => this.#stillRuns(guest.domain, until));
  }

  /** One after another: many `xl` at once slow each other down, and each takes only milliseconds. */
  async #guests(until: number, wanted?: VirtualMachine): Promise<Guest[]> {
    const domains = await this.#tools.listDomains(until);
    const guests: Guest[] = [];
    for (const domain of domains) {
      if (wanted && domain.name !== wanted.name) continue;
      const uuid = await unlessGone(this.#uuid(domain, until), () =>
        this.#stillRuns(domain, until),
      );
      if (!uuid || (wanted && wanted.uuid !== uuid)) continue;
      guests.push({ domain, vm: { name: domain.name, uuid } });
    }
    return guests;
  }

  async #uuid({ id }: XenDomain, until: number): Promise<string> {
    const [path] = await this.#tools.readStore([`/local/domain/${id}/vm`], until);
    return parseVmPath(path as string);
  }

  async #attachmentsOf({ domain, vm }: Guest, until: number): Promise<BlockAttachment[]> {
    const attachments: BlockAttachment[] = [];
    for (const vbd of await this.#tools.listVbds(domain.id, until)) {
      const attachment = await unlessGone(this.#describe(vm, vbd, until), () =>
        this.#stillThere(domain, vbd, until),
      );
      // An empty drive has no file.
      if (attachment?.file.startsWith('/')) attachments.push(attachment);
    }
    return attachments;
  }

  async #describe(vm: VirtualMachine, vbd: XenVbd, until: number): Promise<BlockAttachment> {
    const paths = [`${vbd.backend}/params`, `${vbd.backend}/mode`];
    const [params, mode] = (await this.#tools.readStore(paths, until)) as [string, string];
    const works = vbd.state === CONNECTED && vbd.backend.includes(KERNEL_BACKEND);
    return {
      vm,
      device: vdevName(vbd.vdev),
      file: stripDriver(params),
      // Whatever is not surely for reading may write.
      mode: mode === 'r' ? 'r' : 'w',
      state: works ? 'attached' : 'incomplete',
    };
  }

  async #stillRuns({ id }: XenDomain, until: number): Promise<boolean> {
    return (await this.#tools.listDomains(until)).some((domain) => domain.id === id);
  }

  async #stillThere({ id }: XenDomain, { backend }: XenVbd, until: number): Promise<boolean> {
    return (await this.#tools.listVbds(id, until)).some((vbd) => vbd.backend === backend);
  }

  #deadline(): number {
    return Date.now() + this.#timeoutMs;
  }
}

/** Undefined if an order failed because what it was about has ended meanwhile. */
async function unlessGone<T>(work: Promise<T>, stillThere: () => Promise<boolean>) {
  try {
    return await work;
  } catch (error) {
    const there = await stillThere().catch(() => true);
    if (there) throw error;
    return undefined;
  }
}
