import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { longRun } from '../longRun.js';
import { type RunHere, runIn } from '../runIn.js';
import { parseMirrors } from './lfsOutput.js';

/** `plain`: not mirrored; `stale`: what was written last is in one of the mirrors only. */
export type MirrorState = 'plain' | 'synced' | 'stale';

/** What `lfs mirror verify -v` says of mirrors that differ (so the Lustre manual), or that lack what was written last. */
const DIFFERENT = /has different|\(stale\)/;

interface MirrorsSettings {
  directory: string;
  commandTimeoutMs: number;
  programs: { lfs: string };
}

/**
 * The mirrors of files on Lustre. Whatever is written goes to one of them, and Lustre marks the others as stale: a file is as safe
 * as it was when they were brought in step last. What is true is read from the layout, never from an exit code.
 */
export class Mirrors {
  readonly #lfs: string;
  readonly #run: RunHere;
  readonly #log: Log;

  constructor({ directory, commandTimeoutMs, programs }: MirrorsSettings, log: Log) {
    this.#lfs = programs.lfs;
    this.#run = runIn(directory, commandTimeoutMs);
    this.#log = log;
  }

  /** @throws {CommandError} also if there is no such file */
  async stateOf(name: string): Promise<MirrorState> {
    const mirrors = await this.#mirrorsOf(name);
    if (mirrors.length < 2) return 'plain';
    return mirrors.some(({ isStale }) => isStale) ? 'stale' : 'synced';
  }

  /**
   * Copies what the stale mirrors of a file lack. Nobody is kept from the file: Lustre refuses while it is open, and gives up when
   * it is opened for writing.
   * @returns the state before; a file that is in step is not even read
   * @throws {CommandError} if one of them is stale still
   */
  async sync(name: string, sizeBytes: number, signal: AbortSignal): Promise<MirrorState> {
    const state = await this.stateOf(name);
    if (state !== 'stale') return state;
    const started = performance.now();
    const args = ['mirror', 'resync', name];
    const failure = await this.#run(this.#lfs, args, longRun(sizeBytes, signal)).then(
      () => undefined,
      (error: unknown) => error,
    );
    signal.throwIfAborted();
    if ((await this.stateOf(name)) === 'stale') {
      throw failure ?? new CommandError(this.#lfs, args, { stderr: 'a mirror is stale still' });
    }
    const seconds = Math.round((performance.now() - started) / 1000);
    this.#log.info('the mirrors of a file are in step', { name, seconds });
    return state;
  }

  /**
   * Reads all mirrors of a file, and looks whether they hold the same: Lustre itself reads one of them, and never compares.
   * @returns false if one of them differs, or is stale; what has no mirrors has nothing that differs
   * @throws {CommandError} if they can't be read
   */
  async areSame(name: string, sizeBytes: number, signal: AbortSignal): Promise<boolean> {
    const { length } = await this.#mirrorsOf(name);
    if (length < 2) return true;
    try {
      const args = ['mirror', 'verify', '-v', name];
      await this.#run(this.#lfs, args, longRun(length * sizeBytes, signal));
      return true;
    } catch (error) {
      const told = error instanceof CommandError ? `${error.stdout}\n${error.stderr}` : '';
      if (signal.aborted || !DIFFERENT.test(told)) throw error;
      this.#log.error('the mirrors of a file are not the same', { name, told });
      return false;
    }
  }

  /** That a volume is not protected as it could be. */
  tell(id: string, error: unknown): void {
    this.#log.warn('the mirrors of a volume are not in step yet', { id, ...errorFields(error) });
  }

  async #mirrorsOf(name: string) {
    return parseMirrors((await this.#run(this.#lfs, ['getstripe', '-y', name])).stdout);
  }
}
