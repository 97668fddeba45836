import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorFields, type Log } from '../log.js';
import { type Certificate, readCertificate } from './certificate.js';
import { SecurityFailure } from './failure.js';

const RELOAD_INTERVAL_MS = 1_000;
const CACHE_ENTRIES = 4_096;
const MIN_RSA_BITS = 2_048;
const CERTIFICATE_FILE = /\.(crt|cer|pem)$/;

/**
 * The paper's trusted certificate store (section 4.2): a folder. A certificate in it that is a certificate
 * authority's vouches for those that it issued; any other vouches for itself. Files that come and go are seen within two
 * seconds, without a restart.
 */
export class TrustStore {
  readonly #directory: string;
  readonly #log: Log;
  #authorities: readonly Certificate[] = [];
  #pinned: readonly Certificate[] = [];
  #state = '';
  /** Read certificates by their DER bytes: reading one costs more than verifying a signature with it. */
  readonly #accepted = new Map<string, Certificate>();
  readonly #timer: NodeJS.Timeout;

  private constructor(directory: string, log: Log) {
    this.#directory = directory;
    this.#log = log;
    this.#timer = setInterval(() => void this.#reloadIfChanged(), RELOAD_INTERVAL_MS);
    this.#timer.unref();
  }

  /** @throws {Error} if the folder can't be read. */
  static async open(directory: string, log: Log): Promise<TrustStore> {
    const store = new TrustStore(directory, log);
    await store.#reload(await store.#fingerprintFolder());
    return store;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /**
   * The certificate, if it may sign messages now.
   * @param der the bytes of the token that came with a message
   * @throws {SecurityFailure}
   */
  accept(der: Buffer, now: Date): Certificate {
    const key = der.toString('latin1');
    const known = this.#accepted.get(key);
    const certificate = known ?? parse(der);
    const reason = this.#objection(certificate, now);
    if (reason) {
      throw new SecurityFailure('wsse:FailedAuthentication', `${certificate.subject}: ${reason}`);
    }
    if (!known) this.#remember(key, certificate);
    return certificate;
  }

  #objection(certificate: Certificate, now: Date): string | undefined {
    if (certificate.subject === '') return 'the subject name is empty';
    if (certificate.isAuthority) return 'a certificate authority does not sign messages';
    if (!certificate.maySign) return 'its key usage excludes digital signatures';
    if (!isStrong(certificate)) return `its key is weaker than RSA ${MIN_RSA_BITS} bits`;
    if (!isValidAt(certificate, now)) return 'it is expired or not yet valid';
    const rivals = this.#pinned.filter((each) => each.subject === certificate.subject);
    if (rivals.some((each) => each.fingerprint !== certificate.fingerprint)) {
      return 'another certificate in the folder claims this subject name';
    }
    if (rivals.length > 0) return undefined;
    const vouched = this.#authorities.some(
      (authority) => isValidAt(authority, now) && isIssuedBy(certificate, authority),
    );
    return vouched ? undefined : 'it is neither trusted nor issued by a trusted authority';
  }

  #remember(key: string, certificate: Certificate): void {
    if (this.#accepted.size >= CACHE_ENTRIES) this.#accepted.clear();
    this.#accepted.set(key, certificate);
  }

  async #reloadIfChanged(): Promise<void> {
    try {
      const state = await this.#fingerprintFolder();
      if (state !== this.#state) await this.#reload(state);
    } catch (error) {
      this.#log.error('the folder of trusted certificates cannot be read', errorFields(error));
    }
  }

  async #fingerprintFolder(): Promise<string> {
    const names = (await readdir(this.#directory)).filter((name) => CERTIFICATE_FILE.test(name));
    const states = await Promise.all(
      names.sort().map(async (name) => {
        const { mtimeMs, size, ino } = await stat(join(this.#directory, name));
        return `${name} ${mtimeMs} ${size} ${ino}`;
      }),
    );
    return states.join('\n');
  }

  async #reload(state: string): Promise<void> {
    const names = (await readdir(this.#directory)).filter((name) => CERTIFICATE_FILE.test(name));
    const certificates: Certificate[] = [];
    for (const name of names) {
      try {
        certificates.push(readCertificate(await readFile(join(this.#directory, name))));
      } catch (error) {
        this.#log.error('a trusted certificate cannot be read', {
          file: name,
          ...errorFields(error),
        });
      }
    }
    this.#authorities = certificates.filter((each) => each.isAuthority && each.maySignCertificates);
    this.#pinned = certificates.filter((each) => !each.isAuthority);
    this.#state = state;
    this.#log.info('trusted certificates loaded', {
      authorities: this.#authorities.map((each) => each.subject),
      certificates: this.#pinned.map((each) => each.subject),
    });
  }
}

function parse(der: Buffer): Certificate {
  try {
    return readCertificate(der);
  } catch {
    throw new SecurityFailure('wsse:InvalidSecurityToken', 'the token is not a certificate');
  }
}

function isIssuedBy(certificate: Certificate, authority: Certificate): boolean {
  return (
    certificate.x509.checkIssued(authority.x509) && certificate.x509.verify(authority.publicKey)
  );
}

function isValidAt(certificate: Certificate, now: Date): boolean {
  return certificate.notBefore <= now && now <= certificate.notAfter;
}

function isStrong({ publicKey }: Certificate): boolean {
  if (publicKey.asymmetricKeyType === 'ec') return true;
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  return publicKey.asymmetricKeyType === 'rsa' && bits >= MIN_RSA_BITS;
}
