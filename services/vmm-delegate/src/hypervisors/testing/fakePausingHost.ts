import { HypervisorError, type VirtualMachine } from '../driver.js';
import type { CopyRecord, PausingHost, VmState } from '../pausingHost.js';

/** A domain in memory that counts pauses, and what the host remembers. The files are real. */
export class FakePausingHost implements PausingHost {
  /** Of the running VM; undefined when it has ended. */
  vm: VirtualMachine | undefined = {
    name: 'vm1',
    uuid: '00000001-0000-4000-8000-00000000000a',
    id: '1',
  };
  pauses = 0;
  /** What was done, in order. */
  readonly steps: string[] = [];
  readonly files = new Map<string, string>();
  readonly kept = new Map<string, string>();
  /** Runs at each step, before it and after it. */
  meanwhile: (step: string, side: 'before' | 'after') => Promise<void> = async () => {};
  /** Seconds that the VM has run. */
  ran = 1;
  /** Of the VM, for a disk. */
  requests = 1;

  readonly records = {
    list: async (): Promise<CopyRecord[]> =>
      [...this.kept.values()].map((text) => JSON.parse(text) as CopyRecord),
    write: (record: CopyRecord): Promise<void> =>
      this.#step(`write ${record.pauses ? 'pausing' : record.state}`, () =>
        this.kept.set(record.snapshotId, JSON.stringify(record)),
      ),
    remove: (snapshotId: string): Promise<void> =>
      this.#step('remove', () => this.kept.delete(snapshotId)),
  };

  async fileOf(_vm: VirtualMachine, device: string): Promise<string> {
    const file = this.files.get(device);
    if (file !== undefined) return file;
    throw new HypervisorError(`no ${device}`);
  }

  async isThere(vm: VirtualMachine): Promise<boolean> {
    return vm.id === this.vm?.id;
  }

  async stateOf(vm: VirtualMachine): Promise<VmState | undefined> {
    if (!(await this.isThere(vm))) return undefined;
    return { isPaused: this.pauses > 0, ran: String(this.ran) };
  }

  pause(): Promise<void> {
    return this.#step('pause', () => {
      this.pauses += 1;
    });
  }

  unpause(): Promise<void> {
    return this.#step('unpause', () => {
      this.pauses = Math.max(0, this.pauses - 1);
    });
  }

  async requestsOf(): Promise<string> {
    return String(this.requests);
  }

  async whenQuiet(): Promise<string> {
    const requests = await this.requestsOf();
    await this.#step('quiet', () => {});
    return requests;
  }

  async #step(step: string, act: () => unknown): Promise<void> {
    await this.meanwhile(step, 'before');
    this.steps.push(step);
    act();
    await this.meanwhile(step, 'after');
  }
}
