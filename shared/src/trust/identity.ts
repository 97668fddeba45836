import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { type Certificate, readCertificate } from './certificate.js';

/** What a service or client signs with. */
export interface Identity {
  certificate: Certificate;
  privateKey: KeyObject;
  /** Of both, as TLS wants them. */
  certificatePem: string;
  privateKeyPem: string;
}

/**
 * Reads a certificate and its private key.
 * @throws {Error} also when the key file can be read by others than its owner, or is not the certificate's.
 */
export async function loadIdentity(certificateFile: string, keyFile: string): Promise<Identity> {
  const [certificatePem, privateKeyPem, { mode }] = await Promise.all([
    readFile(certificateFile, 'utf8'),
    readFile(keyFile, 'utf8'),
    stat(keyFile),
  ]);
  if ((mode & 0o077) !== 0) {
    throw new Error(`${keyFile} can be read by others; run: chmod 600 ${keyFile}`);
  }
  const certificate = readCertificate(Buffer.from(certificatePem));
  const privateKey = createPrivateKey(privateKeyPem);
  if (!certificate.x509.checkPrivateKey(privateKey)) {
    throw new Error(`${keyFile} is not the key of ${certificateFile}`);
  }
  return { certificate, privateKey, certificatePem, privateKeyPem };
}
