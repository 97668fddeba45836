import {
  type AttachOrder,
  type BlockAttachment,
  BusyError,
  type Copier,
  type DetachOptions,
  type DeviceCopy,
  type HostView,
  type Hypervisor,
  HypervisorError,
  PausedError,
  type VirtualMachine,
} from '../hypervisors/driver.js';

/** A hypervisor in memory, which obeys unless it is told to lie. */
export class FakeHypervisor implements Hypervisor {
  readonly name = 'fake';
  vms: VirtualMachine[];
  list: BlockAttachment[] = [];
  readonly orders: string[] = [];
  /** What it does with an attach order. `lie`: nothing, and says that it did. */
  onAttach:
    | 'obey'
    | 'lie'
    | 'fail'
    | 'be busy'
    | 'fail after attaching'
    | 'leave incomplete'
    | 'other mode'
    | 'with a flaw' = 'obey';
  onDetach: 'obey' | 'lie' | 'fail' | 'fail after detaching' = 'obey';
  /** Whether its machines are paused for copies. */
  isPaused = false;
  onResize: 'obey' | 'fail' = 'obey';
  copies: DeviceCopy[] = [];
  /** What it does when a copy is to begin. */
  onCopy: 'obey' | 'lie' | 'fail' | 'fail after beginning' = 'obey';
  /** Absent: it has no such thing. */
  copier: Copier | undefined = {
    start: async ({ snapshotId, vm, device, target }) => {
      await this.#begin(`copy ${vm.name} ${device} to ${target}`);
      if (this.onCopy === 'lie') return;
      if (this.onCopy === 'fail') throw new HypervisorError('refused');
      this.copies.push({ snapshotId, vm, device, state: 'running', bytesDone: 0 });
      if (this.onCopy === 'fail after beginning') throw new HypervisorError('timed out');
    },
    look: async (vm) => {
      this.#answer();
      return this.copies.filter((each) => !vm || each.vm.uuid === vm.uuid);
    },
    end: async (vm, snapshotId) => {
      await this.#begin(`end ${vm.name} ${snapshotId}`);
      this.copies = this.copies.filter((each) => each.snapshotId !== snapshotId);
    },
  };
  /** Whether it can be asked at all. */
  isDead = false;
  /** Runs while an order is carried out. */
  meanwhile: ((order: string) => Promise<void>) | undefined;

  constructor(...names: string[]) {
    this.vms = names.map((name, n) => ({ name, uuid: `00000000-0000-0000-0000-00000000abc${n}` }));
  }

  vm(name: string): VirtualMachine {
    const vm = this.vms.find((each) => each.name === name);
    if (!vm) throw new Error(`no ${name}`);
    return vm;
  }

  async look(vm?: VirtualMachine): Promise<HostView> {
    this.#answer();
    const isWanted = (each: VirtualMachine) => !vm || each.uuid === vm.uuid;
    return {
      vms: this.vms.filter(isWanted),
      attachments: this.list.filter((each) => isWanted(each.vm)),
    };
  }

  async attach({ vm, device, file, mode, mayBegin }: AttachOrder): Promise<void> {
    await this.#begin(`attach ${vm.name} ${device}`);
    mayBegin?.();
    if (this.isPaused) throw new PausedError(vm);
    if (this.onAttach === 'lie') return;
    if (this.onAttach === 'fail') throw new HypervisorError('refused');
    if (this.onAttach === 'be busy') throw new BusyError();
    if (this.list.some((each) => each.vm.uuid === vm.uuid && each.device === device)) {
      throw new HypervisorError('there is such a device');
    }
    const state = this.onAttach === 'leave incomplete' ? 'incomplete' : 'attached';
    const other = mode === 'r' ? 'w' : 'r';
    this.list.push({
      ...{ vm, device, file, state },
      mode: this.onAttach === 'other mode' ? other : mode,
      ...(this.onAttach === 'with a flaw' && { flaw: 'it is slow' }),
    });
    if (this.onAttach === 'fail after attaching') throw new HypervisorError('timed out');
  }

  async resize(vm: VirtualMachine, device: string, sizeBytes: number): Promise<void> {
    await this.#begin(`resize ${vm.name} ${device} to ${sizeBytes}`);
    if (this.onResize === 'fail') throw new HypervisorError('read-only');
  }

  async detach(vm: VirtualMachine, device: string, options: DetachOptions = {}): Promise<void> {
    await this.#begin(`detach ${vm.name} ${device}${options.force ? ' by force' : ''}`);
    if (this.isPaused && !options.force) throw new PausedError(vm);
    if (this.onDetach === 'lie') return;
    if (this.onDetach === 'fail' && !options.force) throw new HypervisorError('the guest refuses');
    this.list = this.list.filter((each) => each.vm.uuid !== vm.uuid || each.device !== device);
    if (this.onDetach === 'fail after detaching') throw new HypervisorError('timed out');
  }

  async #begin(order: string): Promise<void> {
    this.#answer();
    this.orders.push(order);
    await this.meanwhile?.(order);
  }

  #answer(): void {
    if (this.isDead) throw new HypervisorError('no answer');
  }
}
