import { type Claim, UNKNOWN_ORDER } from '@vbs-lustre/shared/claims';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { Log } from '@vbs-lustre/shared/log';
import type { BlockAttachment } from '../hypervisors/driver.js';
import type { VolumeDirectory } from '../volumeDirectory.js';
import type { Claims } from './claims.js';

/** A device that the hypervisor's list shows, with the volume behind it. */
export type AttachedVolume = BlockAttachment & { volumeId: string };

/**
 * The second line of defence against two writers, across hosts and without the database: whoever wants to attach a volume
 * claims it first, puts that on disk, and only then looks at the claims of the others. Of two hosts that do so at once,
 * at least one sees the other; there are no locks, and a claim outlives whoever made it. It is taken back only when the
 * hypervisor's own list shows that nothing is attached.
 *
 * Between the machines of one host the hypervisor's list decides, so the claims of this host do not bother it. Callers
 * hold the volume's lock.
 */
export class Guard {
  readonly host: string;
  readonly #claims: Claims;
  readonly #volumes: VolumeDirectory;
  readonly #log: Log;

  constructor(host: string, claims: Claims, volumes: VolumeDirectory, log: Log) {
    this.host = host;
    this.#claims = claims;
    this.#volumes = volumes;
    this.#log = log;
  }

  /**
   * Claims a volume, and has its file's mode say how it is used.
   * @throws {ServiceFault} `VolumeInUse` if another host's claim stands against it: then no claim is left
   */
  async take(claim: Claim): Promise<void> {
    try {
      const all = await this.#claims.make(claim);
      if (rivalsOf(claim, all).length > 0) {
        throw new ServiceFault(
          'VolumeInUse',
          `${claim.volumeId} is in use on another host; it can be shared only if every attachment is read-only.`,
        );
      }
      await this.#volumes.protect(claim.volumeId, claim.mode);
    } catch (error) {
      await this.#claims.remove(claim).catch(() => undefined);
      throw error;
    }
  }

  /** The claims of this host, for one volume or for all. */
  own(volumeId?: string): Promise<Claim[]> {
    return this.#claims.find({ host: this.host, ...(volumeId !== undefined && { volumeId }) });
  }

  /** Takes claims back: the hypervisor's own list shows that nothing is attached for them. */
  async release(claims: readonly Claim[]): Promise<void> {
    for (const claim of claims) await this.#claims.remove(claim);
  }

  /**
   * Brings the claims of this host for one volume in line with what the hypervisor has attached of it: what is attached
   * without a claim gets one, a claim for what is not attached is removed.
   */
  async settle(volumeId: string, attached: readonly AttachedVolume[]): Promise<void> {
    const own = await this.own(volumeId);
    const { unclaimed, contradicted } = compare(own, attached);
    for (const each of unclaimed) await this.#adopt(each);
    await this.release(contradicted);
  }

  async #adopt({ volumeId, vm, device, mode }: AttachedVolume): Promise<void> {
    // A claim beside a file that is not there would be a claim in another place.
    await this.#volumes.fileOf(volumeId);
    const claim = {
      volumeId,
      mode,
      host: this.host,
      orderId: UNKNOWN_ORDER,
      device,
      uuid: vm.uuid,
    };
    const rivals = rivalsOf(claim, await this.#claims.make(claim));
    const fields = { volumeId, vm: vm.name, device, mode };
    if (rivals.length === 0) this.#log.warn('a device that nobody has claimed is attached', fields);
    else this.#log.error('a volume is attached on two hosts', { ...fields, rivals });
  }
}

/** What other hosts claim that can't be beside this. */
function rivalsOf({ host, mode }: Claim, all: readonly Claim[]): Claim[] {
  return all.filter((each) => each.host !== host && (each.mode === 'w' || mode === 'w'));
}

/** Where the claims of a host and what is attached on it differ. */
export function compare(own: readonly Claim[], attached: readonly AttachedVolume[]) {
  return {
    unclaimed: attached.filter((each) => !own.some((claim) => isFor(claim, each))),
    contradicted: own.filter((claim) => !attached.some((each) => isFor(claim, each))),
  };
}

/** By the UUID: a machine of the same name may be another one. */
export function isFor(claim: Claim, { volumeId, mode, device, vm }: AttachedVolume): boolean {
  return (
    claim.volumeId === volumeId &&
    claim.mode === mode &&
    claim.device === device &&
    claim.uuid === vm.uuid
  );
}

/** The orders that a device was attached for: one, but for what a crash or a machine without a UUID has left. */
export function ordersOf(claims: readonly Claim[], attached: AttachedVolume): string[] {
  return claims.filter((claim) => isFor(claim, attached)).map(({ orderId }) => orderId);
}

/** Whether it can't be said for which order a device was attached: then any order may be meant. */
export function isUnknown(orders: readonly string[]): boolean {
  return orders.every((orderId) => orderId === UNKNOWN_ORDER);
}
