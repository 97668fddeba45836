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
  /** Which authority has signed a certificate: that costs as much as the message's own signature. */
  readonly #issuers = new WeakMap<Certificate, Certificate>();
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
    const vouched = this.#authoritiesOver(certificate).some(
      (authority) => isValidAt(authority, now) && this.#isIssuedBy(certificate, authority),
    );
    return vouched ? undefined : 'it is neither trusted nor issued by the authority over its name';
  }

  /**
   * Who may vouch for this subject name: never two authorities, or one could make itself the other's users. One
   * that is alone may for any name; of several the one whose own name, less its first part, is the longest end of
   * it (`CN=CA,O=Lab` is over `CN=alice,O=Lab`). One authority's old and new certificate have the same name.
   */
  #authoritiesOver({ subjectParts }: Certificate): readonly Certificate[] {
    if (countNames(this.#authorities) === 1) return this.#authorities;
    const over = this.#authorities.filter((each) => isBelow(subjectParts, each));
    const longest = Math.max(...over.map((each) => each.subjectParts.length));
    const nearest = over.filter((each) => each.subjectParts.length === longest);
    return countNames(nearest) === 1 ? nearest : [];
  }

  /** What does not change is checked once, the rest on every message. */
  #isIssuedBy(certificate: Certificate, authority: Certificate): boolean {
    if (this.#issuers.get(certificate) === authority) return true;
    const isIssued =
      certificate.x509.checkIssued(authority.x509) && certificate.x509.verify(authority.publicKey);
    if (isIssued) this.#issuers.set(certificate, authority);
    return isIssued;
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
        try {
          const { mtimeMs, ctimeMs, size, ino } = await stat(join(this.#directory, name));
          return `${name} ${mtimeMs} ${ctimeMs} ${size} ${ino}`;
        } catch {
          // Just gone, or a dangling link: the others count all the same.
          return `${name} cannot be read`;
        }
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
    const certificate = readCertificate(der);
    // Else one certificate could come in many guises (PEM, bytes after its end), each to be read and remembered.
    if (certificate.x509.raw.equals(der)) return certificate;
  } catch {}
  throw new SecurityFailure('wsse:InvalidSecurityToken', 'the token is not a certificate in DER');
}

function countNames(certificates: readonly Certificate[]): number {
  return new Set(certificates.map((each) => each.subject)).size;
}

function isBelow(subjectParts: readonly string[], authority: Certificate): boolean {
  const end = authority.subjectParts.slice(1);
  const start = subjectParts.length - end.length;
  return start > 0 && end.every((part, index) => part === subjectParts[start + index]);
}

function isValidAt(certificate: Certificate, now: Date): boolean {
  return certificate.notBefore <= now && now <= certificate.notAfter;
}

function isStrong({ publicKey }: Certificate): boolean {
  if (publicKey.asymmetricKeyType === 'ec') return true;
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  return publicKey.asymmetricKeyType === 'rsa' && bits >= MIN_RSA_BITS;
}
