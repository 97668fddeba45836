import { fileURLToPath } from 'node:url';
import workerpool, { type Pool } from 'workerpool';
import type { Calls } from './fileCalls.js';

type Answer<K extends keyof Calls> = Promise<Awaited<ReturnType<Calls[K]>>>;

// Compiled, also when this file is not, as in a test.
const PROGRAM = fileURLToPath(new URL('../../dist/files/fileCalls.js', import.meta.url));

/** Each has the memory of a process of Node. */
const MAX_ENDING = 4;

/**
 * Files of the volume directory, touched by another process: a Lustre client that has lost a server hangs, and whoever
 * asks it hangs as well. After its time a call fails, and the process is left to its fate; the next call gets a new one,
 * as long as few of them hang. It ends with this process.
 *
 * All throw an {@link Error}, with Node's `code` if it is the file system that refused.
 */
export class Files {
  readonly #timeoutMs: number;
  #pool: Pool | undefined;
  /** Processes that are to end and have not yet. */
  #ending = 0;

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

  /** Makes an empty file, and its folder; one that is there is left as it is. */
  create(path: string): Promise<void> {
    return this.#call('create', path);
  }

  /** Puts files, or the names in folders, on disk. */
  flush(...paths: string[]): Promise<void> {
    return this.#call('flush', ...paths);
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

  /** Ends the process. */
  close(): void {
    if (!this.#pool) return;
    const ended = (): void => {
      this.#ending -= 1;
    };
    this.#ending += 1;
    // That may take as long as the file system hangs.
    void this.#pool.terminate(true).then(ended, ended);
    this.#pool = undefined;
  }

  async #call<K extends keyof Calls>(name: K, ...args: Parameters<Calls[K]>): Answer<K> {
    try {
      return await this.#ask(name, args);
    } catch (error) {
      if (!(error instanceof workerpool.TerminateError)) throw error;
      // Somebody has ended the process; whatever it had done may be done twice.
      return this.#ask(name, args);
    }
  }

  async #ask<K extends keyof Calls>(name: K, args: Parameters<Calls[K]>): Answer<K> {
    if (this.#ending >= MAX_ENDING) throw new Error(`${name}: the file system does not answer`);
    // One call at a time: what hangs for one would hang for all.
    this.#pool ??= workerpool.pool(PROGRAM, { workerType: 'process', maxWorkers: 1 });
    const pool = this.#pool;
    try {
      return await pool.exec(name, args).timeout(this.#timeoutMs);
    } catch (error) {
      if (!(error instanceof workerpool.Promise.TimeoutError)) throw error;
      if (pool === this.#pool) this.close();
      throw new Error(`${name}: the file system did not answer within ${this.#timeoutMs} ms`);
    }
  }
}
