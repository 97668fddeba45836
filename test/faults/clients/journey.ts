import { join } from 'node:path';
import type { LabVm } from '@vbs-lustre/lab/qemu/labVm';
import { readInGuest, writeSealed } from '../sealed/guest.js';
import { Image } from '../sealed/image.js';
import { type Run, readSealed, sealName } from '../sealed/sealed.js';
import type { Request } from '../support/history.js';
import type { Machine, World } from '../support/world.js';
import {
  attachSurely,
  detachSurely,
  pauseUntil,
  RunIsOver,
  settledSnapshot,
  settledVolume,
} from './attachments.js';
import { madeBy, type User } from './user.js';

const SIZE_MIB = 2;
const MIB = 1024 * 1024;
const DISK_MS = 120_000;
const DEVICES = [...'pqrstuvwxyz'].map((letter) => `xvd${letter}`);
const LONGEST_RUN = 64;
const REST_MS = 1000;

type Wanted = Request<'AttachVolume'>;

/** What a journey knows of the content of its volumes and snapshots, by their ids. */
export type Images = Map<string, Image>;

/**
 * A client that writes to volumes in guests and checks every byte: after each detach, snapshot, copy and re-attach.
 * Other clients of its user may attach its volumes, too (and write nothing), or take snapshots of them.
 */
export class Journey {
  static #lastSequence = 0;
  readonly #name: string;
  readonly #user: User;
  readonly #world: World;
  readonly #images: Images;
  #signal: AbortSignal = new AbortController().signal;
  /** What was compared: for the table. */
  comparisons = 0;

  constructor(name: string, user: User, world: World, images: Images) {
    this.#name = name;
    this.#user = user;
    this.#world = world;
    this.#images = images;
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    try {
      for (;;) await this.#travel();
    } catch (error) {
      if (!(error instanceof RunIsOver)) throw error;
    }
  }

  /** The life of one volume. */
  async #travel(): Promise<void> {
    await pauseUntil(this.#signal, this.#user.random.below(REST_MS));
    const volumeId = await this.#newVolume({ sizeMiB: SIZE_MIB }, Image.blank(SIZE_MIB * MIB));
    if (!volumeId) return;
    for (let turn = this.#user.random.below(3); turn >= 0; turn--) {
      await this.#writeSome(volumeId);
      if (this.#user.random.chance(0.5)) await this.#copyAndShare(volumeId);
    }
    await this.#delete(volumeId);
  }

  async #newVolume(request: Request<'CreateVolume'>, image: Image): Promise<string | undefined> {
    const volumeId = madeBy(await this.#user.create(this.#name, 'CreateVolume', request));
    if (!volumeId) return undefined;
    const { status } = await settledVolume(this.#user, this.#name, volumeId, this.#signal);
    if (status !== 'available') return undefined;
    this.#images.set(volumeId, image);
    this.#checkFile(volumeId, 'after its creation');
    this.#user.precious.add(volumeId);
    return volumeId;
  }

  async #writeSome(volumeId: string): Promise<void> {
    const wanted = this.#place(volumeId, 'w');
    const crashes = this.#world.crashes.length;
    if (!(await attachSurely(this.#user, this.#name, wanted, this.#signal))) return;
    await this.#inGuest(wanted, crashes, async (vm, disk) => {
      const image = this.#images.get(volumeId) as Image;
      this.#compare(volumeId, await readInGuest(vm, disk), `in ${wanted.instanceId}`);
      for (let count = this.#user.random.below(4); count >= 0; count--) {
        const run = this.#someBlocks(volumeId, image);
        image.writing(run);
        const exitCode = await writeSealed(vm, disk, run);
        if (exitCode !== 0) throw new Error(`sealed write ended with ${exitCode}`);
        image.written(run);
      }
      this.#compare(volumeId, await readInGuest(vm, disk), `in ${wanted.instanceId}`);
    });
    await detachSurely(this.#user, this.#name, wanted, this.#signal);
    this.#checkFile(volumeId, 'after its detachment');
  }

  /** A snapshot, a volume of that, and several readers of that volume. */
  async #copyAndShare(volumeId: string): Promise<void> {
    const made = await this.#user.create(this.#name, 'CreateSnapshot', { volumeId });
    const snapshotId = madeBy(made);
    if (!snapshotId) return;
    this.#images.set(snapshotId, (this.#images.get(volumeId) as Image).copy());
    const { status } = await settledSnapshot(this.#user, this.#name, snapshotId, this.#signal);
    if (status !== 'available') return;
    this.#checkFile(snapshotId, `after the snapshot of ${volumeId}`);
    const image = (this.#images.get(snapshotId) as Image).copy();
    const copy = await this.#newVolume({ snapshotId }, image);
    if (copy) {
      const machines = this.#world.machines.filter(() => this.#user.random.chance(0.6));
      for (const machine of machines) await this.#readIn(machine, copy);
      await this.#delete(copy);
    }
    await this.#user.call(this.#name, 'DeleteSnapshot', { snapshotId });
  }

  async #readIn(machine: Machine, volumeId: string): Promise<void> {
    const wanted = { ...this.#place(volumeId, 'r'), instanceId: machine.name, vmm: machine.host };
    const crashes = this.#world.crashes.length;
    if (!(await attachSurely(this.#user, this.#name, wanted, this.#signal))) return;
    await this.#inGuest(wanted, crashes, async (vm, disk) => {
      this.#compare(volumeId, await readInGuest(vm, disk), `in ${machine.name}`);
    });
    await detachSurely(this.#user, this.#name, wanted, this.#signal);
  }

  /**
   * Works with a disk that is attached: it must be there, but for a machine that has crashed.
   * @param crashes how many there had been before it was asked for
   */
  async #inGuest(
    wanted: Wanted,
    crashes: number,
    work: (vm: LabVm, disk: string) => Promise<void>,
  ): Promise<void> {
    try {
      const vm = await this.#world.vm(wanted.instanceId);
      const disk = await vm.waitForDisk(sealName(wanted.volumeId), DISK_MS);
      await work(vm, disk.name);
    } catch (error) {
      if (this.#world.crashes.length > crashes) return;
      this.#user.findings.add(
        'an acknowledged attachment is a disk in the guest',
        `${wanted.volumeId} at ${wanted.instanceId} as ${wanted.device}: ${(error as Error).message}`,
      );
    }
  }

  /** It is not precious any more: whoever comes may delete it. */
  async #delete(volumeId: string): Promise<void> {
    this.#user.precious.delete(volumeId);
    this.#user.volumes.add(volumeId);
    await this.#user.call(this.#name, 'DeleteVolume', { volumeId });
  }

  #checkFile(id: string, when: string): void {
    try {
      this.#compare(id, readSealed(join(this.#world.deployment.layout.volumes, id)), when);
    } catch (error) {
      this.#user.findings.add(
        'nothing acknowledged is lost',
        `${when}: ${(error as Error).message}`,
      );
    }
  }

  #compare(id: string, seen: readonly Run[], when: string): void {
    this.comparisons += 1;
    const wrong = (this.#images.get(id) as Image).compare(seen);
    if (wrong.length === 0) return;
    const rule = 'every byte of every volume and snapshot is as it was written';
    const words = wrong.slice(0, 3).join('; ');
    this.#user.findings.add(rule, `${id} ${when}: ${wrong.length} blocks: ${words}`);
  }

  #someBlocks(volumeId: string, image: Image): Run {
    const first = this.#user.random.below(image.blocks);
    const count = 1 + this.#user.random.below(Math.min(LONGEST_RUN, image.blocks - first));
    Journey.#lastSequence += 1;
    return { first, count, volume: sealName(volumeId), sequence: Journey.#lastSequence };
  }

  #place(volumeId: string, attachMode: 'r' | 'w'): Wanted {
    const { name: instanceId, host: vmm } = this.#user.random.pick(this.#world.machines);
    return { volumeId, instanceId, vmm, device: this.#user.random.pick(DEVICES), attachMode };
  }
}
