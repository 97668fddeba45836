import type { Log } from '@vbs-lustre/shared/log';
import type { AttachedVolume } from './guard/guard.js';

/** Tells of volumes that are attached so that their data is not to be trusted. What a machine works with is not taken from it. */
export class FlawLog {
  readonly #log: Log;
  #told: ReadonlySet<string> = new Set();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Each once, as long as it is there. */
  tell(attached: readonly AttachedVolume[]): void {
    const told = new Set<string>();
    for (const { vm, device, volumeId, flaw } of attached) {
      if (flaw === undefined) continue;
      const key = `${vm.uuid} ${device} ${volumeId} ${flaw}`;
      told.add(key);
      if (this.#told.has(key)) continue;
      this.#log.error('a volume should be detached', { volumeId, vm: vm.name, device, flaw });
    }
    this.#told = told;
  }
}
