import { CLAIMS_FOLDER, claimsPattern } from '@vbs-lustre/shared/claims';
import { type RunHere, runIn } from '../runIn.js';

/** The claims of the hosts, which their VMM Delegates make and otherwise remove. */
export class ClaimFiles {
  readonly #run: RunHere;

  constructor(directory: string, commandTimeoutMs: number) {
    this.#run = runIn(directory, commandTimeoutMs);
  }

  /**
   * Removes the claims of one host on one volume, and puts that on disk.
   * @returns how many there were
   * @throws {CommandError}
   */
  async release(volumeId: string, host: string): Promise<number> {
    const { stdout } = await this.#run('find', [
      ...['.', '-mindepth', '1', '-maxdepth', '2', '-ignore_readdir_race'],
      // No host has ever attached anything as long as the folder is missing.
      ...['(', '-type', 'd', '!', '-name', CLAIMS_FOLDER, '-prune', ')', '-o'],
      ...['(', '-path', `./${CLAIMS_FOLDER}/*`, '-name', claimsPattern({ volumeId, host })],
      ...['-type', 'f', '-print', ')'],
    ]);
    const files = stdout.split('\n').filter((line) => line !== '');
    if (files.length === 0) return 0;
    await this.#run('rm', ['-f', '--', ...files]);
    await this.#run('sync', ['--', CLAIMS_FOLDER]);
    return files.length;
  }
}
