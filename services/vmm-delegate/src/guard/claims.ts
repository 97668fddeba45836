import { join } from 'node:path';
import {
  CLAIMS_FOLDER,
  type Claim,
  claimName,
  claimsPattern,
  parseClaimName,
} from '@vbs-lustre/shared/claims';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { run } from '@vbs-lustre/shared/process/run';

/**
 * The claims in the volume directory, which all hosts see. Each look is a process of its own with a time limit: a
 * Lustre client may hang. All throw {@link CommandError} if the folder can't be used.
 */
export class Claims {
  readonly #folder: string;
  readonly #timeoutMs: number;

  readonly #directory: string;

  /** @param directory the volume directory, as an absolute path without links */
  constructor(directory: string, timeoutMs: number) {
    this.#directory = directory;
    this.#folder = join(directory, CLAIMS_FOLDER);
    this.#timeoutMs = timeoutMs;
  }

  /** Makes a claim, exclusively, and puts it on disk; one that is there already is as good. */
  async make(claim: Claim): Promise<void> {
    const file = this.#fileOf(claim);
    // Not at the start: the file system may be mounted later, and a folder below it would be in nobody's sight.
    await this.#run('mkdir', ['-p', '-m', '700', '--', this.#folder]);
    const made = this.#run('dd', ['if=/dev/null', `of=${file}`, 'conv=excl', 'status=none']);
    await made.catch((error) => {
      // dd exits with 1 whatever went wrong: its words, in the C locale, are what tells.
      const exists = error instanceof CommandError && error.stderr.includes(': File exists');
      if (!exists) throw error;
    });
    await this.#run('sync', ['--', file, this.#folder, this.#directory]);
  }

  /** Removes a claim, if it is there. It is not flushed: one that comes back is removed by the next look. */
  async remove(claim: Claim): Promise<void> {
    await this.#run('rm', ['-f', '--', this.#fileOf(claim)]);
  }

  /** The claims of a volume, of a host, or of both. */
  async find(wanted: { volumeId?: string; host?: string }): Promise<Claim[]> {
    const search = this.#run('find', [
      ...[this.#folder, '-maxdepth', '1', '-ignore_readdir_race', '-type', 'f'],
      ...['-name', claimsPattern(wanted), '-printf', '%f\\n'],
    ]);
    const { stdout } = await search.catch((error) => {
      const isMissing = error instanceof CommandError && /No such file/.test(error.stderr);
      if (isMissing) return { stdout: '' };
      throw error;
    });
    return stdout.split('\n').flatMap((name) => parseClaimName(name) ?? []);
  }

  #fileOf(claim: Claim): string {
    return join(this.#folder, claimName(claim));
  }

  #run(program: string, args: readonly string[]) {
    return run(program, args, { timeoutMs: this.#timeoutMs });
  }
}
