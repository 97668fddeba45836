import { basename } from 'node:path';

/** A file that a machine has as a disk. */
export interface Held {
  vm: string;
  host: string;
  device: string;
  file: string;
  mode: 'r' | 'w';
}

/** A time (`performance.now()`) during which a machine surely had a file. */
interface Hold extends Held {
  from: number;
  to: number;
}

/** Between two looks that are closer than this, a disk can't have been detached and attached again. */
const CONTINUOUS_MS = 500;
/** Two holds that overlap were both still there when the later began: older ones need not be kept. */
const KEEP_MS = 60_000;

/**
 * What machines were seen to have, as times that are certain: a look that took from `begun` to `ended` saw an instant
 * between them, so a disk that two looks saw was there from the end of the first to the beginning of the last.
 */
export class Holds {
  readonly #current = new Map<string, Hold>();
  #past: Hold[] = [];
  readonly #conflicts = new Map<string, string>();

  /** One machine's disks, all of them. */
  see(vm: string, disks: readonly Held[], begun: number, ended: number): void {
    const seen = new Set<string>();
    for (const disk of disks) {
      const key = [vm, disk.device, disk.file, disk.mode].join(' ');
      seen.add(key);
      const hold = this.#current.get(key);
      if (hold && begun - Math.max(hold.to, hold.from) < CONTINUOUS_MS) {
        hold.to = begun;
        this.#judge(hold);
      } else {
        if (hold) this.#past.push(hold);
        this.#current.set(key, { ...disk, from: ended, to: Number.NEGATIVE_INFINITY });
      }
    }
    for (const [key, hold] of this.#current) {
      if (hold.vm !== vm || seen.has(key)) continue;
      this.#current.delete(key);
      this.#past.push(hold);
    }
    this.#past = this.#past.filter(({ to }) => to > begun - KEEP_MS);
  }

  /** Instants with two holders of a file of which one could write, in words. */
  get conflicts(): string[] {
    return [...this.#conflicts.values()];
  }

  #judge(hold: Hold): void {
    for (const other of [...this.#current.values(), ...this.#past]) {
      if (other.file !== hold.file || (other.mode === 'r' && hold.mode === 'r')) continue;
      if (other.vm === hold.vm && other.device === hold.device) continue;
      const from = Math.max(hold.from, other.from);
      const until = Math.min(hold.to, other.to);
      if (from >= until) continue;
      const pair = [hold, other].map(({ vm, device, mode }) => `${vm} ${device} (${mode})`).sort();
      const at = new Date(performance.timeOrigin + from).toISOString();
      const words = `${basename(hold.file)} was held by ${pair.join(' and ')} at ${at}`;
      this.#conflicts.set(`${hold.file} ${pair.join()} ${from}`, words);
    }
  }
}
