import { mkdir, readFile } from 'node:fs/promises';
import forge from 'node-forge';
import { type CertificateRequest, type KeyPair, renewAuthority } from './authority.js';
import { type Claim, checkClaim, find } from './claims.js';
import { exists, writeWhole } from './files.js';
import {
  authorityFiles,
  establish,
  type Issued,
  issue,
  issuedFile,
  markRevoked,
} from './issuing.js';
import { keyFingerprint } from './keys.js';
import { type Entry, hasLedger, type Ledger, readLedger, writeLedger } from './ledger.js';
import { withLock } from './lock.js';
import {
  decodeAttributes,
  formatName,
  type Name,
  type ServiceUnit,
  serviceName,
  userName,
} from './names.js';
import { Refusal } from './refusal.js';
import { createRevocationList, type Reason } from './revocationList.js';
import { serverNamesOf } from './serverNames.js';
import { readSigningRequest, type SigningRequest } from './signingRequest.js';

const { pki } = forge;
const DAY_MS = 86_400_000;

/** How long a certificate is to be valid, and what its key is to its name. */
export interface Terms {
  days: number;
  claim: Claim;
}

interface Work {
  authority: KeyPair;
  ledger: Ledger;
}

/**
 * A certificate authority in a folder: `ca.crt`, `ca.key`, `index.json`, `issued/SERIAL.crt` and `ca.crl`. Its
 * methods throw a {@link Refusal} where a person has to decide.
 */
export class AuthorityFolder {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes the authority; refuses where there is one, or what is left of one. */
  async create(request: CertificateRequest): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const { certificate, key, lock } = authorityFiles(this.directory);
    await withLock(lock, async () => {
      const remains = [
        await exists(certificate),
        await exists(key),
        await hasLedger(this.directory),
      ];
      if (remains.includes(true)) throw new Refusal(`${this.directory} has an authority already.`);
      await establish(this.directory, request);
    });
  }

  /**
   * Certifies the key of a user.
   * @param requestPem a certificate request, with the authority's O and one CN; its OU is set to `users`
   */
  async sign(requestPem: string, terms: Terms): Promise<Issued> {
    const request = readSigningRequest(requestPem);
    return this.#work(async (work) => {
      const subject = userName(organisationFor(request, work), request.commonName);
      return this.#issueTo(request.publicKey, { subject, days: terms.days }, terms.claim, work);
    });
  }

  /**
   * Certifies the key of a service.
   * @param requestPem as for a user; its OU is set to the unit
   * @param hosts the names and addresses under which it is reached; if there are none, those in the request
   */
  async signService(
    requestPem: string,
    unit: ServiceUnit,
    hosts: readonly string[],
    terms: Terms,
  ): Promise<Issued> {
    const request = readSigningRequest(requestPem);
    const serverNames = hosts.length > 0 ? hosts : request.serverNames;
    if (serverNames.length === 0) {
      throw new Refusal('The request names no host: give each with --host.');
    }
    return this.#work(async (work) => {
      const subject = serviceName(organisationFor(request, work), unit, request.commonName);
      const { days, claim } = terms;
      return this.#issueTo(request.publicKey, { subject, serverNames, days }, claim, work);
    });
  }

  /**
   * Certifies the key of a service that was made here.
   * @param hosts the names and addresses under which it is reached
   */
  async issueService(
    service: string,
    unit: ServiceUnit,
    publicKey: forge.pki.PublicKey,
    hosts: readonly string[],
    terms: Terms,
  ): Promise<Issued> {
    return this.#work(async (work) => {
      const subject = serviceName(organisationOf(work.authority), unit, service);
      const { days, claim } = terms;
      return this.#issueTo(publicKey, { subject, serverNames: hosts, days }, claim, work);
    });
  }

  /**
   * Another certificate of the authority itself, for the same key and name: what it has issued goes on counting.
   * @returns until when it is valid
   */
  async renewAuthority(days: number): Promise<Date> {
    return this.#work(async ({ authority }) => {
      const { certificatePem, notAfter } = renewAuthority(authority, days);
      await writeWhole(authorityFiles(this.directory).certificate, certificatePem, 0o644);
      return notAfter;
    });
  }

  /** Another certificate for the same key, subject and hosts. */
  async renew(who: string, days: number): Promise<Issued> {
    return this.#work(async (work) => {
      const newest = find(work.ledger, who).findLast(({ revoked }) => !revoked);
      if (!newest) throw new Refusal(`The certificate of ${who} is revoked: sign a new request.`);
      const file = issuedFile(this.directory, newest.serial);
      const certificate = pki.certificateFromPem(await readFile(file, 'utf8'));
      const serverNames = serverNamesOf(certificate);
      const request = {
        subject: decodeAttributes(certificate.subject.attributes) as Name,
        days,
        ...(serverNames && { serverNames }),
      };
      return this.#issueTo(certificate.publicKey, request, 'renewal', work);
    });
  }

  /**
   * Revokes the certificate of a serial number, or all of a subject; where a key is compromised, all of that key.
   * What is revoked is refused once the next revocation list is where the services see it.
   * @returns what was revoked now
   */
  async revoke(who: string, reason: Reason): Promise<readonly Entry[]> {
    return this.#work(async ({ ledger }) => {
      const meant = find(ledger, who);
      const keys = reason === 'keyCompromise' ? meant.map(({ key }) => key) : [];
      const affected = ledger.certificates.filter(
        (each) => !each.revoked && (meant.includes(each) || keys.includes(each.key)),
      );
      if (affected.length === 0) throw new Refusal(`The certificate of ${who} is revoked already.`);
      markRevoked(affected, reason);
      await writeLedger(this.directory, ledger);
      return affected;
    });
  }

  /** Writes the list of all that is revoked, also of what has expired. */
  async writeRevocationList(days: number): Promise<{ file: string; nextUpdate: Date }> {
    return this.#work(async ({ authority, ledger }) => {
      ledger.crlNumber += 1;
      // First the number: no two lists have the same.
      await writeLedger(this.directory, ledger);
      const thisUpdate = new Date();
      const nextUpdate = new Date(thisUpdate.getTime() + days * DAY_MS);
      const revoked = ledger.certificates.flatMap(({ serial, revoked }) =>
        revoked ? [{ serial, at: new Date(revoked.at), reason: revoked.reason }] : [],
      );
      const fields = { number: ledger.crlNumber, thisUpdate, nextUpdate, revoked };
      const file = authorityFiles(this.directory).revocationList;
      await writeWhole(file, createRevocationList(authority, fields), 0o644);
      return { file, nextUpdate };
    });
  }

  /** All that was issued, oldest first. */
  async list(): Promise<readonly Entry[]> {
    return (await readLedger(this.directory)).certificates;
  }

  #issueTo(
    publicKey: forge.pki.PublicKey,
    request: CertificateRequest,
    claim: Claim,
    { authority, ledger }: Work,
  ): Promise<Issued> {
    const key = keyFingerprint(publicKey);
    markRevoked(checkClaim(ledger, formatName(request.subject), key, claim), 'superseded');
    return issue(this.directory, ledger, authority, publicKey, request);
  }

  async #work<T>(work: (work: Work) => Promise<T>): Promise<T> {
    const { certificate, key, lock } = authorityFiles(this.directory);
    if (!(await exists(certificate))) {
      throw new Refusal(`${this.directory} has no certificate authority: make one with init.`);
    }
    return withLock(lock, async () =>
      work({
        authority: {
          certificatePem: await readFile(certificate, 'utf8'),
          privateKeyPem: await readFile(key, 'utf8'),
        },
        ledger: await readLedger(this.directory),
      }),
    );
  }
}

/** A request says for which authority it is. */
function organisationFor({ organisation }: SigningRequest, { authority }: Work): string {
  const own = organisationOf(authority);
  if (organisation === own) return own;
  throw new Refusal(`The request is for O=${organisation}; this is the authority of O=${own}.`);
}

function organisationOf({ certificatePem }: KeyPair): string {
  const { attributes } = pki.certificateFromPem(certificatePem).subject;
  const organisation = decodeAttributes(attributes).find(({ shortName }) => shortName === 'O');
  if (!organisation) throw new Refusal('The authority has no O in its name.');
  return organisation.value as string;
}
