import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exchangeFolderOf, isExchangeFileName } from '@vbs-lustre/shared/exchange';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { type RunOptions, run } from '@vbs-lustre/shared/process/run';
import pLimit from 'p-limit';
import { Pace } from '../jobs/pace.js';
import { longRun } from '../longRun.js';

// Compiled, also when this file is not, as in a test.
const PROGRAM = fileURLToPath(new URL('../../dist/exchange/exchangeProgram.js', import.meta.url));
/** What it exits with when its words are for the user. */
const REFUSED = 3;
/** Each look is a process of Node. */
const LOOKS = 4;

/** A name in the exchange folder of a user. */
export interface ExchangeName {
  /** The user id. */
  owner: string;
  fileName: string;
}

/** What a file in an exchange folder is to be. */
export interface MadeExport {
  /** Of the export. */
  id: string;
  sizeBytes: number;
}

/** Something is wrong with a user's file or folder. The message is for the user, and names no path. */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
}

/**
 * Where users hand in files and fetch them: a folder for each, in a directory of the volumes' file system. A user may replace
 * whatever is in the folder at any moment, by links and pipes too; that is why a program of our own does what no other does
 * safely. It is a process of its own, as everything that touches that file system.
 */
export class Exchange {
  readonly #directory: string;
  readonly #volumes: string;
  readonly #timeoutMs: number;
  readonly #pace: Pace;
  readonly #looks = pLimit(LOOKS);

  /** @param volumes the volume directory @param timeoutMs of what moves no data @param pace of what is copied */
  constructor(directory: string, volumes: string, timeoutMs: number, pace = new Pace()) {
    this.#directory = directory;
    this.#volumes = volumes;
    this.#timeoutMs = timeoutMs;
    this.#pace = pace;
  }

  /** The bytes of a file that can be imported. @throws {ExchangeError} if there is none */
  async sizeOf(name: ExchangeName): Promise<number> {
    return Number(await this.#looks(() => this.#do('size', name)));
  }

  /** @throws {ExchangeError} if there is anything of this name */
  async checkFree(name: ExchangeName): Promise<void> {
    await this.#looks(() => this.#do('checkFree', name));
  }

  /**
   * Copies a user's file to the beginning of a part, and flushes it.
   * @param bytes that the file must have, before and after
   * @throws {ExchangeError | CommandError}
   */
  async copyIn(
    name: ExchangeName,
    bytes: number,
    part: string,
    signal: AbortSignal,
  ): Promise<void> {
    const args = [String(bytes), join(this.#volumes, part), String(this.#pace.share ?? '')];
    await this.#do('copyIn', name, args, longRun(bytes, signal, this.#pace.share));
  }

  /**
   * Gives a finished part its name in the folder of a user; an existing file is never replaced. The part stays as a second
   * name: as long as it is there, it shows that the file is this export's.
   * @throws {ExchangeError | CommandError}
   */
  async publish(name: ExchangeName, part: string, made: MadeExport): Promise<void> {
    const args = [part, made.id, String(made.sizeBytes), this.#volumes];
    // One that outlives us could give the name to what the next start begins anew.
    await this.#do('publish', name, args, { dieWithParent: true });
  }

  /** Whether the file of this name is what some order for this export has made. */
  async isPublished(name: ExchangeName, { id, sizeBytes }: MadeExport): Promise<boolean> {
    const args = [id, String(sizeBytes), this.#volumes];
    return (await this.#do('isPublished', name, args)) === true;
  }

  async #do(
    command: string,
    { owner, fileName }: ExchangeName,
    more: readonly string[] = [],
    options: Partial<RunOptions> = {},
  ): Promise<unknown> {
    if (!isExchangeFileName(fileName)) throw new ExchangeError('it is not the name of a file');
    const args = [PROGRAM, command, this.#directory, exchangeFolderOf(owner), fileName, ...more];
    try {
      const timeoutMs = this.#timeoutMs;
      const { stdout } = await run(process.execPath, args, { timeoutMs, ...options });
      return stdout === 'undefined' ? undefined : JSON.parse(stdout);
    } catch (error) {
      if (!(error instanceof CommandError) || error.exitCode !== REFUSED) throw error;
      throw new ExchangeError(error.stderr.trim());
    }
  }
}
