import { setTimeout as delay } from 'node:timers/promises';
import { isId } from '@vbs-lustre/shared/ids';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { DirectoryFiles } from '../files/directoryFiles.js';
import type { MirrorState, Mirrors } from './mirrors.js';
import { isFixed, isSnapshot } from './unwritten.js';

/** Looking takes no more than a part of the time: one in so many. */
const IDLE = 10;

/**
 * How the mirrors of a file are. `attached`: stale, and some machine has the volume, so that nothing can be done; `stale`: that
 * will be done, or can't be.
 */
const STATES = ['synced', 'attached', 'stale'] as const;
type State = (typeof STATES)[number];

interface MirrorWatchOptions {
  /** The volume directory. */
  directory: string;
  commandTimeoutMs: number;
  mirrors: Mirrors;
  /** Whether a host has written down that it attaches a volume. */
  isClaimed(id: string): Promise<boolean>;
  /** Between two looks, at least. */
  pauseMs: number;
  log: Log;
}

/**
 * Brings the mirrors of volumes in step that were written and that no machine has now. Nothing is written down: what is to be done
 * is seen in the files themselves, by every delegate of a directory and after every crash; of two that take up the same file,
 * Lustre refuses one.
 */
export class MirrorWatch {
  readonly #options: MirrorWatchOptions;
  readonly #files: DirectoryFiles;
  /** Files without mirrors, and snapshots in step: they stay so. */
  readonly #settled = new Map<string, 'plain' | 'synced'>();
  /** Told once each. */
  readonly #told = new Set<string>();
  readonly #stop = new AbortController();
  #states = new Map<string, State>();
  #loop: Promise<void> = Promise.resolve();

  constructor(options: MirrorWatchOptions) {
    this.#options = options;
    this.#files = new DirectoryFiles(options.directory, options.commandTimeoutMs);
  }

  start(): void {
    this.#loop = this.#watch();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  /** Mirrored files by their state, as they were at the last look. */
  get counts(): Record<State, number> {
    const states = [...this.#states.values()];
    const counted = STATES.map((state) => [state, states.filter((each) => each === state).length]);
    return Object.fromEntries(counted) as Record<State, number>;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop;
    const { pauseMs, log } = this.#options;
    while (!signal.aborted) {
      let tookMs = 0;
      try {
        tookMs = await this.look(signal);
      } catch (error) {
        if (!signal.aborted) log.warn('mirrors cannot be looked at', errorFields(error));
      }
      const restMs = Math.max(pauseMs, IDLE * tookMs);
      await delay(restMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /**
   * Looks at every file once, and brings in step what can be.
   * @returns how long the looking took, in milliseconds, without that
   * @throws {CommandError} if the directory can't be looked at
   */
  async look(signal: AbortSignal): Promise<number> {
    const names = await this.#names();
    const states = new Map<string, State>();
    let tookMs = 0;
    for (const name of names) {
      signal.throwIfAborted();
      const started = performance.now();
      const state = this.#settled.get(name) ?? (await this.#stateOf(name));
      tookMs += performance.now() - started;
      if (state === undefined || state === 'plain') continue;
      const now = state === 'stale' ? await this.#sync(name, signal) : state;
      if (now) states.set(name, now);
    }
    this.#forgetAllBut(new Set(names));
    this.#states = states;
    return tookMs;
  }

  async #names(): Promise<string[]> {
    const found = await this.#files.names('vol-', 'snap-');
    const names = found.filter((name) => isId('vol', name) || isId('snap', name));
    // Several delegates that start at once do not all take up the same file first.
    return names
      .map((name) => ({ name, at: Math.random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ name }) => name);
  }

  /** Undefined if it is gone. */
  async #stateOf(name: string): Promise<MirrorState | undefined> {
    try {
      const state = await this.#options.mirrors.stateOf(name);
      if (state === 'plain' || (state === 'synced' && isSnapshot(name))) {
        this.#settled.set(name, state);
      }
      return state;
    } catch (error) {
      if (error instanceof CommandError && error.exitCode !== undefined) return undefined;
      throw error;
    }
  }

  async #sync(name: string, signal: AbortSignal): Promise<State | undefined> {
    const { mirrors, isClaimed } = this.#options;
    if (await isClaimed(name)) return 'attached';
    try {
      await mirrors.sync(name, await this.#makeWritable(name), signal);
      this.#told.delete(name);
      return 'synced';
    } catch (error) {
      signal.throwIfAborted();
      if (await isClaimed(name)) return 'attached';
      const now = await this.#stateOf(name);
      // Another delegate was quicker, or it is deleted.
      if (now !== 'stale') return now === 'synced' ? now : undefined;
      // A snapshot, say, is copied from it: a later look finds that it is not.
      if (!this.#told.has(name)) mirrors.tell(name, error);
      this.#told.add(name);
      return 'stale';
    }
  }

  /**
   * A volume that was attached to be read last has lost its write permission, without which its owner can't have it brought in step;
   * the next attachment sets its mode anew. What is never written keeps it.
   * @returns its size in bytes
   */
  async #makeWritable(name: string): Promise<number> {
    const look = await this.#files.look(name);
    if (look && !isSnapshot(name) && !isFixed(look.mode)) await this.#files.chmod(name, 0o200, 0);
    return look?.sizeBytes ?? 0;
  }

  #forgetAllBut(names: ReadonlySet<string>): void {
    for (const name of this.#settled.keys()) if (!names.has(name)) this.#settled.delete(name);
    for (const name of this.#told) if (!names.has(name)) this.#told.delete(name);
  }
}
