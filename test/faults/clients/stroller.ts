import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../attacks/mutants/random.js';
import type { Machine, World } from '../support/world.js';
import { madeBy, type User } from './user.js';

const MOST_VOLUMES = 5;
const MOST_SNAPSHOTS = 4;
const REST_MS = 1_000;
/** Those from `p` on are the journeys'. */
const DEVICES = [...'bcdefghijklmno'].map((letter) => `xvd${letter}`);

/** A client that does anything to anything of its user, and doesn't mind being refused. */
export class Stroller {
  readonly #name: string;
  readonly #user: User;
  readonly #strangers: readonly User[];
  readonly #world: World;
  readonly #random: Random;

  constructor(name: string, user: User, strangers: readonly User[], world: World) {
    this.#name = name;
    this.#user = user;
    this.#strangers = strangers;
    this.#world = world;
    this.#random = user.random;
  }

  async run(signal: AbortSignal): Promise<void> {
    const acts = [
      ...[this.#createVolume, this.#createVolume, this.#copySnapshot, this.#createSnapshot],
      ...[this.#attach, this.#attach, this.#attach, this.#detach, this.#detach, this.#detach],
      ...[
        this.#deleteVolume,
        this.#deleteSnapshot,
        this.#describe,
        this.#describe,
        this.#describeAll,
      ],
      this.#pry,
    ];
    while (!signal.aborted) {
      await this.#random.pick(acts).call(this);
      await delay(this.#random.below(REST_MS));
    }
  }

  async #createVolume(): Promise<void> {
    if (this.#user.volumes.size >= MOST_VOLUMES) return;
    const sizeMiB = 1 + this.#random.below(3);
    const made = madeBy(await this.#user.create(this.#name, 'CreateVolume', { sizeMiB }));
    if (made) this.#user.volumes.add(made);
  }

  async #copySnapshot(): Promise<void> {
    const snapshotId = this.#one(this.#user.snapshots);
    if (!snapshotId || this.#user.volumes.size >= MOST_VOLUMES) return;
    const made = madeBy(await this.#user.create(this.#name, 'CreateVolume', { snapshotId }));
    if (made) this.#user.volumes.add(made);
  }

  async #createSnapshot(): Promise<void> {
    const volumeId = this.#anyVolume();
    if (!volumeId || this.#user.snapshots.size >= MOST_SNAPSHOTS) return;
    const made = madeBy(await this.#user.create(this.#name, 'CreateSnapshot', { volumeId }));
    if (made) this.#user.snapshots.add(made);
  }

  async #attach(): Promise<void> {
    const volumeId = this.#anyVolume();
    if (!volumeId) return;
    const { name: instanceId, host: vmm }: Machine = this.#random.pick(this.#world.machines);
    const attachMode = this.#random.pick(['r', 'w'] as const);
    const device = this.#random.pick(DEVICES);
    const request = { volumeId, instanceId, vmm, device, attachMode };
    await this.#user.call(this.#name, 'AttachVolume', request);
  }

  async #detach(): Promise<void> {
    const volumeId = this.#anyVolume();
    if (!volumeId) return;
    const { answer } = await this.#user.call(this.#name, 'DescribeVolume', { volumeId });
    const ours = answer?.attachmentSet.item.filter(({ device }) => DEVICES.includes(device)) ?? [];
    if (ours.length === 0) return;
    const { instanceId, vmm, device } = this.#random.pick(ours);
    const request = { volumeId, instanceId, vmm, device };
    await this.#user.call(this.#name, 'DetachVolume', request);
  }

  async #deleteVolume(): Promise<void> {
    const volumeId = this.#one(this.#user.volumes);
    if (!volumeId) return;
    const { outcome } = await this.#user.call(this.#name, 'DeleteVolume', { volumeId });
    const gone = outcome === 'acknowledged' || outcome === 'InvalidVolume.NotFound';
    if (gone) this.#user.volumes.delete(volumeId);
  }

  async #deleteSnapshot(): Promise<void> {
    const snapshotId = this.#one(this.#user.snapshots);
    if (!snapshotId) return;
    const { outcome } = await this.#user.call(this.#name, 'DeleteSnapshot', { snapshotId });
    const gone = outcome === 'acknowledged' || outcome === 'InvalidSnapshot.NotFound';
    if (gone) this.#user.snapshots.delete(snapshotId);
  }

  /** Above all what it does not know to be usable. */
  async #describe(): Promise<void> {
    const volumes = [...this.#user.volumes, ...this.#user.precious];
    const unsure = volumes.filter((id) => !this.#user.usable.has(id));
    const [volumeId] = unsure.length > 0 ? unsure : volumes;
    if (volumeId) await this.#user.call(this.#name, 'DescribeVolume', { volumeId });
    const snapshotId = this.#one(this.#user.snapshots);
    if (snapshotId) await this.#user.call(this.#name, 'DescribeSnapshot', { snapshotId });
  }

  async #describeAll(): Promise<void> {
    await this.#user.call(this.#name, 'DescribeVolumes', {});
    await this.#user.call(this.#name, 'DescribeSnapshots', {});
  }

  /** Tries something with a stranger's volume. */
  async #pry(): Promise<void> {
    const stranger = this.#random.pick(this.#strangers);
    const volumeId = this.#one(new Set([...stranger.volumes, ...stranger.precious]));
    if (!volumeId) return;
    const { name: instanceId, host: vmm } = this.#random.pick(this.#world.machines);
    const attachment = { volumeId, instanceId, vmm, device: 'xvdb', attachMode: 'w' } as const;
    const deed = await this.#random.pick([
      () => this.#user.call(this.#name, 'DescribeVolume', { volumeId }),
      () => this.#user.call(this.#name, 'DeleteVolume', { volumeId }),
      () => this.#user.call(this.#name, 'AttachVolume', attachment),
      () => this.#user.call(this.#name, 'DetachVolume', { volumeId }),
      () => this.#user.call(this.#name, 'CreateSnapshot', { volumeId }),
    ])();
    // Who can't be answered at all is told nothing.
    const mute = ['unknown', 'not sent', 'Unavailable', 'RequestLimitExceeded'];
    if (![...mute, 'InvalidVolume.NotFound'].includes(deed.outcome)) {
      const { operation, outcome, message = '' } = deed;
      this.#user.findings.add(
        'nobody sees what is not his',
        `${operation} of ${volumeId} by ${this.#user.name}: ${outcome} ${message}`,
      );
    }
  }

  #anyVolume(): string | undefined {
    return this.#one(new Set([...this.#user.volumes, ...this.#user.precious]));
  }

  /** Mostly of those that are ready for more; of the others, somebody has to see whether they are. */
  #one(ids: ReadonlySet<string>): string | undefined {
    const all = [...ids];
    if (all.length === 0) return undefined;
    const usable = all.filter((id) => this.#user.usable.has(id));
    const some = usable.length > 0 && this.#random.chance(0.8) ? usable : all;
    return this.#random.pick(some);
  }
}
