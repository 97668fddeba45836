import { randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GuestDisk } from '@vbs-lustre/lab/agent/guestDisks';
import type { LabGuest } from '@vbs-lustre/lab/agent/labGuest';
import { expect } from 'vitest';
import type {
  AttachMode,
  AttachOrder,
  BlockAttachment,
  VirtualMachine,
} from '../../services/vmm-delegate/src/hypervisors/driver.js';
import type { HypervisorBench, VmName } from './bench.js';

export const FILE_BYTES = 4 * 1024 * 1024;
/** A busy machine needs many times what a quiet one does. */
export const LONG_MS = 120_000;

/** A raw image on the host. */
export interface TestFile {
  volumeId: string;
  /** As the driver's host names it. */
  path: string;
  /** What it begins with. */
  text: string;
  /** What it begins with now, as long as `text`. */
  read(): Promise<string>;
}

export interface TestVm {
  guest: LabGuest;
  vm: VirtualMachine;
}

/** A bench in use: which VMs run, which files there are, and how to get back to an empty host. */
export class Site {
  readonly bench: HypervisorBench;
  readonly #guests = new Map<VmName, LabGuest>();
  readonly #crashed = new Map<VmName, VirtualMachine>();
  readonly #paused = new Set<VmName>();

  constructor(bench: HypervisorBench) {
    this.bench = bench;
  }

  /** A VM that runs; it is booted if it does not. */
  async vm(name: VmName): Promise<TestVm> {
    const guest = this.#guests.get(name) ?? (await this.bench.start(name));
    this.#guests.set(name, guest);
    this.#crashed.delete(name);
    const { vms } = await this.bench.hypervisor.look();
    const vm = vms.find((each) => each.name === name);
    if (!vm) throw new Error(`${name} runs, but the driver does not show it`);
    return { guest, vm };
  }

  vms(): Promise<[TestVm, TestVm]> {
    return Promise.all([this.vm('vm1'), this.vm('vm2')]);
  }

  async crash(name: VmName): Promise<void> {
    const { guest, vm } = await this.vm(name);
    await guest.crash();
    this.#guests.delete(name);
    this.#crashed.set(name, vm);
  }

  /** What a VM was that has crashed with a device, as long as no other runs under its name: a boot is spared. */
  async endedVm(name: VmName): Promise<VirtualMachine> {
    if (!this.#crashed.has(name)) {
      const { vm } = await this.vm(name);
      await this.attach(vm, 'xvdb', await this.file());
      await this.crash(name);
    }
    return this.#crashed.get(name) as VirtualMachine;
  }

  /** The guest ends its VM itself. */
  async powerOff(name: VmName): Promise<void> {
    // It has no answer to give any more.
    this.#guests
      .get(name)
      ?.run('poweroff -f')
      .catch(() => {});
    this.#guests.delete(name);
  }

  async pause(name: VmName): Promise<void> {
    this.#paused.add(name);
    await this.bench.pause(name);
  }

  async resume(name: VmName): Promise<void> {
    await this.bench.resume(name);
    this.#paused.delete(name);
  }

  async file(name?: string): Promise<TestFile> {
    const volumeId = `vol-${randomBytes(8).toString('hex')}`;
    const fileName = name ?? volumeId;
    const here = join(this.bench.folder.here, fileName);
    const text = `this is ${volumeId}`;
    const file = await open(here, 'wx');
    await file.truncate(FILE_BYTES);
    await file.write(text);
    await file.close();
    const read = async () => (await readFile(here)).subarray(0, text.length).toString();
    return { volumeId, path: join(this.bench.folder.there, fileName), text, read };
  }

  order(vm: VirtualMachine, device: string, file: TestFile, mode: AttachMode = 'w'): AttachOrder {
    return { vm, device, file: file.path, mode, serial: file.volumeId.replace('-', '') };
  }

  attach(...order: Parameters<Site['order']>): Promise<void> {
    return this.bench.hypervisor.attach(this.order(...order));
  }

  /** By the names of the VMs and devices: hypervisors have an order of their own. */
  async attachments(vm?: VirtualMachine): Promise<BlockAttachment[]> {
    const { attachments } = await this.bench.hypervisor.look(vm);
    const key = ({ vm: { name }, device }: BlockAttachment) => `${name} ${device}`;
    return attachments.toSorted((a, b) => key(a).localeCompare(key(b)));
  }

  /** Resumes every VM and takes every device away. @throws if the host then still holds anything */
  async clear(): Promise<void> {
    for (const name of this.#paused) await this.resume(name);
    const { hypervisor } = this.bench;
    await expect
      .poll(
        async () => {
          const attachments = await this.attachments();
          for (const { vm, device } of attachments) {
            await hypervisor.detach(vm, device, { force: true }).catch(() => {});
          }
          return attachments;
        },
        { timeout: LONG_MS },
      )
      .toEqual([]);
    await expect.poll(() => this.bench.heldFiles(), { timeout: LONG_MS }).toEqual([]);
  }
}

/** The disk of a file as the guest sees it, when it has come. */
export function diskOf(guest: LabGuest, file: TestFile, device: string): Promise<GuestDisk> {
  return guest.waitForDisk(guest.diskOf(file.volumeId, device), LONG_MS);
}

/** @returns whether the guest could write */
export async function write(guest: LabGuest, disk: GuestDisk, text: string): Promise<boolean> {
  const script = `printf '%s' '${text}' | dd of=/dev/${disk.name} conv=fsync,notrunc`;
  return (await guest.run(script, LONG_MS)).exitCode === 0;
}

/** The first bytes of a disk, as many as `text` has. */
export async function read(guest: LabGuest, disk: GuestDisk, text: string): Promise<string> {
  const script = `head -c ${text.length} /dev/${disk.name}`;
  return (await guest.run(script, LONG_MS)).output;
}
