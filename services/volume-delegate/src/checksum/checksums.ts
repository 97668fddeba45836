import { fileURLToPath } from 'node:url';
import { Pace } from '../jobs/pace.js';
import { longRun } from '../longRun.js';
import { type RunHere, runIn } from '../runIn.js';

// Compiled, also when this file is not, as in a test.
const PROGRAM = fileURLToPath(new URL('../../dist/checksum/sha256Program.js', import.meta.url));

/**
 * Checksums of files in the volume directory. The program is Node with its OpenSSL: it uses what the processor has for SHA-256,
 * which the sha256sum of Debian 12 does not, and can end where the data of a snapshot ends in a larger volume.
 */
export class Checksums {
  readonly #run: RunHere;
  readonly #pace: Pace;

  /** @param pace of what is read */
  constructor(directory: string, commandTimeoutMs: number, pace = new Pace()) {
    this.#run = runIn(directory, commandTimeoutMs);
    this.#pace = pace;
  }

  /**
   * The SHA-256 of the first `bytes` of a file, in hexadecimal digits, as it was just written: maybe from memory.
   * @throws {CommandError} if they can't all be read
   */
  async sha256(name: string, bytes: number, signal: AbortSignal): Promise<string> {
    const { share } = this.#pace;
    const args = [PROGRAM, name, String(bytes), String(share ?? '')];
    const { stdout } = await this.#run(process.execPath, args, longRun(bytes, signal, share));
    return stdout;
  }

  /**
   * The same, as the disk has it, as far as the file system gives up what it keeps of the file in memory.
   * @throws {CommandError} if it can't all be read
   */
  async sha256OnDisk(name: string, bytes: number, signal: AbortSignal): Promise<string> {
    const args = [`if=${name}`, 'iflag=nocache', 'count=0', 'status=none'];
    // Of much that is in memory, that takes a while; it changes nothing.
    await this.#run('dd', args, { ...longRun(bytes, signal), dieWithParent: false });
    return this.sha256(name, bytes, signal);
  }
}
