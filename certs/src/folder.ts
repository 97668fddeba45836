import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CertificateRequest, KeyPair } from './authority.js';
import { exists } from './files.js';
import { authorityFiles, establish, issue, markRevoked, writePair } from './issuing.js';
import { generateKeys, privateKeyToPem } from './keys.js';
import { emptyLedger, hasLedger, readLedger } from './ledger.js';
import { withLock } from './lock.js';
import { formatName } from './names.js';

/**
 * An authority's folder that also holds the keys it certifies, for a trial: `NAME.crt` beside `NAME.key`. What is
 * there is kept; what is missing is made.
 */
export class CertificateFolder {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  certificate(name: string): string {
    return join(this.directory, `${name}.crt`);
  }

  key(name: string): string {
    return join(this.directory, `${name}.key`);
  }

  /** The authority of this folder, `ca`. */
  ensureAuthority(request: CertificateRequest): Promise<KeyPair> {
    return this.#ensure('ca', () => establish(this.directory, request));
  }

  /** A certificate issued by this folder's authority. One whose files were removed is revoked and replaced. */
  ensureIssued(name: string, authority: KeyPair, request: CertificateRequest): Promise<KeyPair> {
    return this.#ensure(name, async () => {
      // A folder of an earlier version has none.
      const ledger = (await hasLedger(this.directory))
        ? await readLedger(this.directory)
        : emptyLedger();
      const subject = formatName(request.subject);
      const former = ledger.certificates.filter(
        (each) => each.subject === subject && !each.revoked,
      );
      markRevoked(former, 'superseded');
      const keys = await generateKeys();
      const { directory } = this;
      const issued = await issue(directory, ledger, authority, keys.publicKey, request);
      const pair = {
        certificatePem: issued.certificatePem,
        privateKeyPem: privateKeyToPem(keys.privateKey),
      };
      await writePair({ key: this.key(name), certificate: this.certificate(name) }, pair);
      return pair;
    });
  }

  async #ensure(name: string, make: () => Promise<KeyPair>): Promise<KeyPair> {
    const kept = await this.#read(name);
    if (kept) return kept;
    await mkdir(this.directory, { recursive: true, mode: 0o755 });
    return withLock(
      authorityFiles(this.directory).lock,
      async () => (await this.#read(name)) ?? make(),
    );
  }

  async #read(name: string): Promise<KeyPair | undefined> {
    if (!(await exists(this.certificate(name)))) return undefined;
    return {
      certificatePem: await readFile(this.certificate(name), 'utf8'),
      privateKeyPem: await readFile(this.key(name), 'utf8'),
    };
  }
}
