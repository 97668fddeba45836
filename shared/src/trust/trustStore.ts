import { errorFields, type Log } from '../log.js';
import { SecurityFailure } from '../wssecurity/failure.js';
import { Authorities } from './authorities.js';
import { Believed, isOpen, objectionToTime, type Verdict } from './believed.js';
import { type Certificate, readCertificate } from './certificate.js';
import { Revocations } from './revocations.js';
import { TrustFolder } from './trustFolder.js';
import { logChange } from './trustLog.js';

/** What comes and goes counts within two seconds. */
const LOOK_INTERVAL_MS = 500;
const SHORT_INTERVAL_MS = 100;
/** Looking takes this share of the time at most, even if the folder has thousands of files. */
const LOOK_SHARE = 1 / 8;
const LONGEST_INTERVAL_MS = 1_000;
const CACHE_ENTRIES = 4_096;
const LOGGED_NAME_LENGTH = 120;

/**
 * The paper's trusted certificate store (section 4.2): a folder. A certificate in it that is a certificate
 * authority's vouches for those that it issued, less those that its revocation list names; any other vouches for itself.
 * Files that come and go are seen within two seconds, without a restart.
 */
export class TrustStore {
  readonly #folder: TrustFolder;
  readonly #log: Log;
  readonly #revocations: Revocations;
  #believed: Believed;
  /** Of the state of the folder that is believed now. */
  #verdicts = new WeakMap<Certificate, Verdict>();
  /** Read certificates by their DER bytes: reading one costs more than verifying a signature with it. */
  readonly #known = new Map<string, Certificate>();
  #timer: NodeJS.Timeout | undefined;
  #complaint = '';

  private constructor(directory: string, log: Log) {
    this.#log = log;
    this.#folder = new TrustFolder(directory, log);
    this.#revocations = new Revocations(log);
    this.#believed = new Believed([], new Authorities([]), this.#revocations);
  }

  /**
   * @param directory or a single file of certificates (PEM)
   * @throws {Error} if it can't be read.
   */
  static async open(directory: string, log: Log): Promise<TrustStore> {
    const store = new TrustStore(directory, log);
    await store.#folder.look();
    // A file that can't be read may be in the middle of being copied; what is a revocation list must be known.
    if (store.#folder.isUnsettled) {
      await new Promise((resolve) => setTimeout(resolve, SHORT_INTERVAL_MS));
      await store.#folder.look();
    }
    store.#load();
    store.#lookLater(LOOK_INTERVAL_MS);
    return store;
  }

  /** Whether nobody at all is believed. */
  get isEmpty(): boolean {
    return this.#folder.files.certificates.length === 0;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /**
   * The certificate, if it may sign messages now.
   * @param der the bytes of the token that came with a message
   * @throws {SecurityFailure} its message, for the log, says why
   */
  accept(der: Buffer, now: Date): Certificate {
    const key = der.toString('latin1');
    const known = this.#known.get(key);
    const certificate = known ?? parse(der);
    const verdict = this.#verdictOn(certificate);
    if ('refused' in verdict) throw refusal(certificate, verdict.refused);
    if (!isOpen(verdict.ways, now)) {
      throw refusal(certificate, objectionToTime(verdict.ways, now));
    }
    if (!known) this.#remember(key, certificate);
    return certificate;
  }

  #verdictOn(certificate: Certificate): Verdict {
    const known = this.#verdicts.get(certificate);
    if (known) return known;
    const verdict = this.#believed.judge(certificate);
    this.#verdicts.set(certificate, verdict);
    return verdict;
  }

  #remember(key: string, certificate: Certificate): void {
    if (this.#known.size >= CACHE_ENTRIES) this.#known.clear();
    this.#known.set(key, certificate);
  }

  #lookLater(milliseconds: number): void {
    this.#timer = setTimeout(() => void this.#look(), milliseconds);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const timer = this.#timer;
    const started = performance.now();
    try {
      if (await this.#folder.look()) this.#load();
      this.#complaint = '';
    } catch (error) {
      this.#complain(error);
    }
    this.#revocations.complain(new Date());
    // Closed meanwhile.
    if (timer === undefined || this.#timer !== timer) return;
    const rest = (performance.now() - started) / LOOK_SHARE;
    const interval = this.#folder.isUnsettled ? SHORT_INTERVAL_MS : LOOK_INTERVAL_MS;
    this.#lookLater(Math.min(Math.max(interval, rest), LONGEST_INTERVAL_MS));
  }

  /** What was known goes on counting. */
  #complain(error: unknown): void {
    const { error: complaint } = errorFields(error);
    if (complaint !== this.#complaint) {
      this.#log.error('the trust folder cannot be read', { error: complaint });
    }
    this.#complaint = complaint;
  }

  #load(): void {
    const { files } = this.#folder;
    const certificates = distinct(files.certificates);
    const authorities = new Authorities(certificates.filter(({ isAuthority }) => isAuthority));
    this.#revocations.update(files, authorities);
    const before = this.#believed;
    this.#believed = new Believed(certificates, authorities, this.#revocations);
    this.#verdicts = new WeakMap();
    logChange(this.#log, before, this.#believed);
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

function refusal({ subject }: Certificate, reason: string): SecurityFailure {
  const name = subject.slice(0, LOGGED_NAME_LENGTH);
  return new SecurityFailure('wsse:FailedAuthentication', `${name}: ${reason}`);
}

/** The same certificate may lie in several files. */
function distinct(certificates: readonly Certificate[]): Certificate[] {
  return [...new Map(certificates.map((each) => [each.fingerprint, each])).values()];
}
