import { access, chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CertificateRequest, createAuthority, issue, type KeyPair } from './authority.js';

/**
 * A folder of certificates and keys: `NAME.crt` beside `NAME.key`. What is there is kept; what is missing is made.
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
    return this.#ensure('ca', () => createAuthority(request));
  }

  /** A certificate issued by an authority. */
  ensureIssued(name: string, authority: KeyPair, request: CertificateRequest): Promise<KeyPair> {
    return this.#ensure(name, () => issue(authority, request));
  }

  async #ensure(name: string, make: () => Promise<KeyPair>): Promise<KeyPair> {
    await mkdir(this.directory, { recursive: true, mode: 0o755 });
    if (await exists(this.certificate(name))) {
      return {
        certificatePem: await readFile(this.certificate(name), 'utf8'),
        privateKeyPem: await readFile(this.key(name), 'utf8'),
      };
    }
    const pair = await make();
    // The key first: a certificate that is there has its key.
    await writeWhole(this.key(name), pair.privateKeyPem, 0o600);
    await writeWhole(this.certificate(name), pair.certificatePem, 0o644);
    return pair;
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function writeWhole(file: string, text: string, mode: number): Promise<void> {
  const temporary = `${file}.new`;
  await writeFile(temporary, text, { mode });
  await chmod(temporary, mode);
  await rename(temporary, file);
}
