import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { longRun } from '../longRun.js';
import type { RunHere } from '../runIn.js';
import type { Pace } from './pace.js';

/** What the paper's `dd` writes (section 4.1), into files of the volume directory that are there. All is on disk in the end. */
export class Dd {
  readonly #run: RunHere;
  readonly #pace: Pace;

  constructor(run: RunHere, pace: Pace) {
    this.#run = run;
    this.#pace = pace;
  }

  /**
   * Fills the rest of a file, from its first `from` bytes to `sizeBytes`, with zeroes that are on disk. `fullblock`: what dd
   * reads when it was stopped may be a part of a block, which would count as a whole one. `nocreat`: whose file was deleted
   * makes no other.
   */
  async fillWithZeroes(
    name: string,
    from: number,
    sizeBytes: number,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#pace.write(from, sizeBytes, signal, async (start, end) => {
      const args = [
        ...['if=/dev/zero', `of=${name}`, 'bs=4M', `count=${end - start}`, `seek=${start}`],
        ...['iflag=count_bytes,fullblock', 'oflag=seek_bytes', 'conv=notrunc,nocreat,fsync'],
        'status=none',
      ];
      await this.#run('dd', args, longRun(sizeBytes, signal));
    });
  }

  /** Copies a file, from its first `from` bytes to `sizeBytes`, over the same of one that exists, holes as zeroes, and flushes that. */
  async copy(
    source: string,
    name: string,
    from: number,
    sizeBytes: number,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#pace.write(from, sizeBytes, signal, async (start, end) => {
      const args = [
        ...[`if=${source}`, `of=${name}`, 'bs=4M', `count=${end - start}`],
        ...[`skip=${start}`, `seek=${start}`, 'iflag=count_bytes,skip_bytes,fullblock'],
        ...['oflag=seek_bytes', 'conv=notrunc,nocreat,fsync', 'status=none'],
      ];
      await this.#run('dd', args, longRun(sizeBytes, signal));
    });
  }

  /**
   * Appends zeroes to a file of `from` bytes, and flushes it. Whatever holds such a dd up, when it goes on it does no harm: the
   * file may have been extended by another one, and given to its owner. Nothing is written over, and the kernel lets the file
   * get no larger than `sizeBytes`.
   */
  async appendZeroes(
    name: string,
    from: number,
    sizeBytes: number,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#pace.write(from, sizeBytes, signal, async (start, end) => {
      const args = [
        ...['if=/dev/zero', `of=${name}`, 'bs=4M', `count=${end - start}`],
        ...['iflag=count_bytes,fullblock', 'oflag=append'],
        ...['conv=notrunc,nocreat,fsync', 'status=none'],
      ];
      try {
        const limited = [`--fsize=${sizeBytes}`, 'dd', ...args];
        await this.#run('prlimit', limited, longRun(sizeBytes - from, signal));
      } catch (error) {
        throw error instanceof CommandError ? new CommandError('dd', args, error) : error;
      }
    });
  }
}
