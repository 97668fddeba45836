import { fileURLToPath } from 'node:url';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { Helpers } from '@vbs-lustre/shared/process/helpers';
import type { Calls } from './fileCalls.js';

type Answer<K extends keyof Calls> = Promise<Awaited<ReturnType<Calls[K]>>>;

// Compiled, also when this file is not, as in a test.
const PROGRAM = fileURLToPath(new URL('../../dist/files/fileCalls.js', import.meta.url));
/** Each has the memory of a process of Node. */
const MOST = 4;

/** Of this process. */
const helpers = new Helpers<Calls>(PROGRAM, MOST);

/**
 * Files of the volume directory, touched by other processes ({@link Helpers}): a Lustre client that has lost a server hangs, and
 * whoever asks it hangs as well.
 *
 * All throw an {@link Error}, with Node's `code` if it is the file system that refused.
 */
export class Files {
  readonly #timeoutMs: number;

  /** @param timeoutMs for one call, in milliseconds */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** The absolute path without links. */
  realpath(path: string): Promise<string> {
    return this.#call('realpath', path);
  }

  /** Asks the file system that a folder lies on: a path may be known without asking. */
  statfs(folder: string): Promise<void> {
    return this.#call('statfs', folder);
  }

  /** Whether there is a regular file; a link is none. */
  isFile(path: string): Promise<boolean> {
    return this.#call('isFile', path);
  }

  /** The names in a folder that begin so; none if there is no such folder. */
  names(folder: string, start = ''): Promise<string[]> {
    return this.#call('names', folder, start);
  }

  /**
   * Makes an empty file, and its folder, and puts them on disk; what is there is left as it is. Then come the names in the folder
   * that begin so: of two that do this at once, at least one sees the other.
   */
  announce(path: string, start: string): Promise<string[]> {
    return this.#call('announce', path, start);
  }

  /**
   * Changes the permissions (nine bits), and nothing else of the mode.
   * @throws {Error} with the code `EROFS` if a volume that is never written (set-user-id) is to be writable
   */
  chmod(path: string, permissions: number): Promise<void> {
    return this.#call('chmod', path, permissions);
  }

  /** Removes a file, if it is there. */
  remove(path: string): Promise<void> {
    return this.#call('remove', path);
  }

  async #call<K extends keyof Calls>(name: K, ...args: Parameters<Calls[K]>): Answer<K> {
    const ask = (): Answer<K> => helpers.call({ timeoutMs: this.#timeoutMs }, name, ...args);
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof CommandError) || error.timedOut) throw error;
      // Somebody has ended the process; whatever it had done may be done twice.
      return ask();
    }
  }
}
