import { setTimeout as delay } from 'node:timers/promises';

const MIB = 1024 * 1024;
/** What is written between two rests, in seconds at the rate. */
const SLICE_SECONDS = 1;

/** Keeps what a delegate writes below a rate: each of the jobs that may write at once has its share. */
export class Pace {
  /** Bytes a second of one job; undefined: as fast as it goes. */
  readonly share: number | undefined;

  /** @param maxMiBPerSecond of all jobs together */
  constructor(maxMiBPerSecond?: number, maxJobs = 1) {
    this.share =
      maxMiBPerSecond === undefined ? undefined : Math.floor((maxMiBPerSecond * MIB) / maxJobs);
  }

  /**
   * Writes from one byte to another: at once, or slice by slice with rests.
   * @throws what `write` does, or the signal's reason
   */
  async write(
    from: number,
    to: number,
    signal: AbortSignal,
    write: (from: number, to: number) => Promise<void>,
  ): Promise<void> {
    if (this.share === undefined) return write(from, to);
    const slice = Math.max(1, Math.floor(this.share * SLICE_SECONDS));
    for (let at = from; at < to; at += slice) {
      const end = Math.min(to, at + slice);
      const restsUntil = performance.now() + ((end - at) / this.share) * 1000;
      await write(at, end);
      await delay(Math.max(0, restsUntil - performance.now()), undefined, { signal });
    }
  }
}
