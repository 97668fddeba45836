import { X509Certificate } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import forge from 'node-forge';
import { type CertificateRequest, certify, createAuthority, type KeyPair } from './authority.js';
import { writeWhole } from './files.js';
import { keyFingerprint, unixLines } from './keys.js';
import { type Entry, emptyLedger, hasLedger, type Ledger, writeLedger } from './ledger.js';
import { formatName } from './names.js';

const { pki } = forge;

/** Where an authority keeps what. */
export const authorityFiles = (directory: string) => ({
  certificate: join(directory, 'ca.crt'),
  key: join(directory, 'ca.key'),
  revocationList: join(directory, 'ca.crl'),
  lock: join(directory, 'lock'),
});

/** Where the certificate of a serial number is. */
export function issuedFile(directory: string, serial: string): string {
  return join(directory, 'issued', `${serial}.crt`);
}

/** Makes the authority of a folder. The folder's lock is held. */
export async function establish(directory: string, request: CertificateRequest): Promise<KeyPair> {
  const pair = await createAuthority(request);
  if (!(await hasLedger(directory))) await writeLedger(directory, emptyLedger());
  await writePair(authorityFiles(directory), pair);
  return pair;
}

/** Writes a key and its certificate; the key first: a certificate that is there has its key. */
export async function writePair(
  files: { key: string; certificate: string },
  pair: KeyPair,
): Promise<void> {
  await writeWhole(files.key, pair.privateKeyPem, 0o600);
  await writeWhole(files.certificate, pair.certificatePem, 0o644);
}

export interface Issued {
  entry: Entry;
  certificatePem: string;
  /** Names and addresses of a service; none for a user. */
  serverNames: readonly string[];
}

/**
 * The one way in which certificates are issued. The record comes first: a certificate that is in no ledger could
 * not be revoked. The folder's lock is held.
 */
export async function issue(
  directory: string,
  ledger: Ledger,
  authority: KeyPair,
  publicKey: forge.pki.PublicKey,
  request: CertificateRequest,
): Promise<Issued> {
  const certificate = certify(authority, publicKey, request);
  const certificatePem = unixLines(pki.certificateToPem(certificate));
  const entry: Entry = {
    serial: certificate.serialNumber,
    subject: formatName(request.subject),
    fingerprint: new X509Certificate(certificatePem).fingerprint256
      .replaceAll(':', '')
      .toLowerCase(),
    key: keyFingerprint(publicKey),
    notAfter: certificate.validity.notAfter.toISOString(),
  };
  ledger.certificates.push(entry);
  await writeLedger(directory, ledger);
  await mkdir(join(directory, 'issued'), { recursive: true });
  await writeWhole(issuedFile(directory, entry.serial), certificatePem, 0o644);
  return { entry, certificatePem, serverNames: request.serverNames ?? [] };
}

/** Marks certificates as revoked; the ledger is still to be written. */
export function markRevoked(
  entries: readonly Entry[],
  reason: NonNullable<Entry['revoked']>['reason'],
): void {
  const at = new Date().toISOString();
  for (const entry of entries) entry.revoked = { at, reason };
}
