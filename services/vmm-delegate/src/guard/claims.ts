import { join } from 'node:path';
import { CLAIMS_FOLDER, type Claim, claimName, parseClaimName } from '@vbs-lustre/shared/claims';
import type { Files } from '../files/files.js';

/** The claims in the volume directory, which all hosts see. All throw an {@link Error} if the folder can't be used. */
export class Claims {
  readonly #folder: string;
  readonly #files: Files;

  /** @param directory the volume directory, as an absolute path without links */
  constructor(directory: string, files: Files) {
    this.#folder = join(directory, CLAIMS_FOLDER);
    this.#files = files;
  }

  /**
   * Makes a claim and puts it on disk; one that is there already is as good.
   * @returns the claims of the volume that are there then
   */
  async make(claim: Claim): Promise<Claim[]> {
    const names = await this.#files.announce(this.#fileOf(claim), claim.volumeId);
    return names.flatMap((name) => parseClaimName(name) ?? []);
  }

  /** Removes a claim, if it is there. It is not flushed: one that comes back is removed by the next look. */
  async remove(claim: Claim): Promise<void> {
    await this.#files.remove(this.#fileOf(claim));
  }

  /** The claims of a volume, of a host, or of both. */
  async find(wanted: { volumeId?: string; host?: string }): Promise<Claim[]> {
    const { volumeId, host } = wanted;
    const names = await this.#files.names(this.#folder, volumeId);
    const claims = names.flatMap((name) => parseClaimName(name) ?? []);
    return host === undefined ? claims : claims.filter((claim) => claim.host === host);
  }

  #fileOf(claim: Claim): string {
    return join(this.#folder, claimName(claim));
  }
}
