import { fileURLToPath } from 'node:url';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { type CallOptions, Helpers } from '@vbs-lustre/shared/process/helpers';
import type { Calls, Look } from './fileCalls.js';
import { wordsFor } from './words.js';

export type { Look };

// Compiled, also when this file is not, as in a test.
const PROGRAM = fileURLToPath(new URL('../../dist/files/fileCalls.js', import.meta.url));
/** So many calls can hang before others wait for one of them to be given up. Each has the memory of a process of Node. */
const MOST = 8;

/** Of this process, whatever directories it looks at. */
const helpers = new Helpers<Calls>(PROGRAM, MOST);

type More<Name extends keyof Calls> =
  Parameters<Calls[Name]> extends [string, ...infer Rest] ? Rest : never;

/**
 * The small things that are done to the files of a directory, by {@link Helpers}: a Lustre client that has lost a server hangs.
 * Names are file names in the directory; links are never followed.
 *
 * All throw a {@link CommandError} that can be told to a user: it names no path, and says what went wrong as programs do.
 */
export class DirectoryFiles {
  readonly #directory: string;
  readonly #timeoutMs: number;

  /** @param timeoutMs for one call */
  constructor(directory: string, timeoutMs: number) {
    this.#directory = directory;
    this.#timeoutMs = timeoutMs;
  }

  /** Undefined if there is nothing of this name. */
  look(name: string, timeoutMs = this.#timeoutMs): Promise<Look | undefined> {
    return this.#call('look', [name], { timeoutMs });
  }

  /** The regular files whose names begin and end so. */
  lookAtAll(start: string, end: string): Promise<Look[]> {
    return this.#call('lookAtAll', [start, end]);
  }

  /** The names of the regular files that begin with one of these: this asks for nothing but the directory. */
  names(...starts: string[]): Promise<string[]> {
    return this.#call('names', [starts]);
  }

  /** Makes an empty file of mode 0600. @throws {CommandError} that ends with `: File exists` if there is one */
  create(name: string): Promise<void> {
    return this.#call('create', [name]);
  }

  /** Sets bits of the mode, and clears others (all, if not given); the rest stays. */
  chmod(name: string, set: number, clear = 0o7777): Promise<void> {
    return this.#call('chmod', [name, { set, clear }]);
  }

  /** Gives a file a second name, unless there is one of that name. */
  link(name: string, other: string): Promise<void> {
    return this.#call('link', [name, other]);
  }

  /** Takes a name away, if it is there. */
  unlink(name: string): Promise<void> {
    return this.#call('unlink', [name]);
  }

  /** Gives a file a size, if it is there. */
  truncate(name: string, sizeBytes: number): Promise<void> {
    return this.#call('truncate', [name, sizeBytes]);
  }

  /** Sets the space of a file aside, up to a size, and gives it that size, unless it is larger. */
  fallocate(name: string, sizeBytes: number, options: Partial<CallOptions>): Promise<void> {
    return this.#call('fallocate', [name, sizeBytes], asChange(options));
  }

  /** Has a file share the blocks of another, where the file system does that. */
  clone(source: string, name: string, options: Partial<CallOptions>): Promise<void> {
    return this.#call('clone', [source, name], asChange(options));
  }

  /** Puts a file on disk; without a name, the names in the directory. What may take long says how long. */
  flush(name = '.', options?: Partial<CallOptions>): Promise<void> {
    return this.#call('flush', [name], { ...options, isLong: options !== undefined });
  }

  /** What an ordinary user can still write, and the size of the blocks in which the kernel may have counted that. */
  freeBytes(): Promise<{ blockSize: number; freeBytes: number }> {
    return this.#call('freeBytes', []);
  }

  async #call<Name extends keyof Calls>(
    name: Name,
    args: More<Name>,
    options: Partial<CallOptions> = {},
  ): Promise<Awaited<ReturnType<Calls[Name]>>> {
    const all = [this.#directory, ...args] as unknown as Parameters<Calls[Name]>;
    try {
      return await helpers.call({ timeoutMs: this.#timeoutMs, ...options }, name, ...all);
    } catch (error) {
      const refusal = error as NodeJS.ErrnoException;
      if (refusal.syscall === undefined) throw error;
      const about = args.filter((each) => typeof each === 'string');
      const stderr = `${about.at(-1) ?? '.'}: ${wordsFor(refusal)}`;
      throw new CommandError(name, about, { exitCode: 1, stderr });
    }
  }
}

function asChange(options: Partial<CallOptions>): Partial<CallOptions> {
  return { ...options, isLong: true, isChange: true };
}
