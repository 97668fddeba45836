import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import forge from 'node-forge';
import type { CertificateRequest, KeyPair } from './authority.js';
import { exists } from './files.js';
import { authorityFiles, establish, issue, markRevoked, writePair } from './issuing.js';
import { generateKeys, privateKeyToPem } from './keys.js';
import { emptyLedger, hasLedger, readLedger } from './ledger.js';
import { withLock } from './lock.js';
import { decodeAttributes, formatName, type Name } from './names.js';

const { pki } = forge;

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
    const isMeant = () => true;
    return this.#ensure('ca', isMeant, () => establish(this.directory, request));
  }

  /**
   * A certificate issued by this folder's authority. One whose files were removed is revoked and replaced; one of
   * another subject is replaced.
   */
  ensureIssued(name: string, authority: KeyPair, request: CertificateRequest): Promise<KeyPair> {
    const isMeant = ({ certificatePem }: KeyPair): boolean =>
      subjectOf(certificatePem) === formatName(request.subject);
    return this.#ensure(name, isMeant, async () => {
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

  async #ensure(
    name: string,
    isMeant: (pair: KeyPair) => boolean,
    make: () => Promise<KeyPair>,
  ): Promise<KeyPair> {
    const find = async (): Promise<KeyPair | undefined> => {
      const kept = await this.#read(name);
      return kept && isMeant(kept) ? kept : undefined;
    };
    const found = await find();
    if (found) return found;
    await mkdir(this.directory, { recursive: true, mode: 0o755 });
    return withLock(authorityFiles(this.directory).lock, async () => (await find()) ?? make());
  }

  async #read(name: string): Promise<KeyPair | undefined> {
    if (!(await exists(this.certificate(name)))) return undefined;
    return {
      certificatePem: await readFile(this.certificate(name), 'utf8'),
      privateKeyPem: await readFile(this.key(name), 'utf8'),
    };
  }
}

function subjectOf(pem: string): string {
  return formatName(decodeAttributes(pki.certificateFromPem(pem).subject.attributes) as Name);
}
