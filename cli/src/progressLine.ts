import { duration, roughSize } from './output/units.js';

/** What is known of a file in the making. */
export interface Filling {
  sizeBytes: number;
  bytesDone?: number | undefined;
}

interface Sample {
  ms: number;
  bytes: number;
}

/** The rate is that of the last so many news: it follows a disk that becomes slower. */
const SAMPLES = 6;
const BAR = 24;

/** How far a file is, how fast it grows, and how long that will still take. */
export class ProgressLine {
  #samples: Sample[] = [];

  /**
   * Takes in what was seen.
   * @param ms of a clock that only goes forward
   */
  see({ bytesDone }: Filling, ms: number): void {
    const last = this.#samples.at(-1);
    if (bytesDone === undefined || bytesDone === last?.bytes) return;
    // Another delegate may have begun anew.
    const before = last !== undefined && bytesDone < last.bytes ? [] : this.#samples;
    this.#samples = [...before, { ms, bytes: bytesDone }].slice(-SAMPLES);
  }

  /** `[##########              ]  42%  4.2 of 10 GiB, 120 MiB/s, 48 s left`; empty if nothing is known. */
  text({ sizeBytes, bytesDone }: Filling): string {
    if (bytesDone === undefined || sizeBytes <= 0) return '';
    const part = Math.min(1, bytesDone / sizeBytes);
    const bar = '#'.repeat(Math.floor(part * BAR)).padEnd(BAR);
    const percent = `${Math.min(99, Math.floor(part * 100))}%`.padStart(4);
    const amount = `${roughSize(bytesDone)} of ${roughSize(sizeBytes)}`;
    return [`[${bar}]${percent}  ${amount}`, ...this.#speed(sizeBytes - bytesDone)].join(', ');
  }

  #speed(bytesLeft: number): string[] {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || !last || last.ms <= first.ms) return [];
    const bytesPerMs = (last.bytes - first.bytes) / (last.ms - first.ms);
    return [
      `${roughSize(bytesPerMs * 1000)}/s`,
      `${duration(Math.max(0, bytesLeft) / bytesPerMs)} left`,
    ];
  }
}
