import { type Certificate, readCertificate } from './certificate.js';

const PEM_BLOCK = /-----BEGIN ([A-Z\d ]+)-----[^-]*-----END \1-----/g;

/**
 * The certificates in a file: one in DER, or any number in PEM, with whatever text around them (RFC 7468, section 2).
 * @throws {Error} if the file holds anything else, or is cut off: of a file all is used or nothing.
 */
export function readCertificateFile(bytes: Buffer): Certificate[] {
  const text = bytes.toString('latin1');
  if (!text.includes('-----BEGIN')) return [readDer(bytes)];
  const blocks = [...text.matchAll(PEM_BLOCK)];
  if (/-----BEGIN [A-Z\d ]*PRIVATE KEY-----/.test(text)) {
    throw new Error('it holds a private key, which belongs to its owner alone');
  }
  if (blocks.length !== text.split('-----BEGIN').length - 1) throw new Error('it is cut off');
  return blocks.map(([block, label]) => {
    if (label !== 'CERTIFICATE') throw new Error(`it holds a ${label}`);
    return read(Buffer.from(block));
  });
}

function readDer(bytes: Buffer): Certificate {
  if (bytes.length === 0) throw new Error('it is empty');
  const certificate = read(bytes);
  if (!certificate.x509.raw.equals(bytes)) throw new Error('it holds more than a certificate');
  return certificate;
}

function read(bytes: Buffer): Certificate {
  try {
    return readCertificate(bytes);
  } catch (error) {
    throw new Error(`it is no certificate: ${(error as Error).message}`);
  }
}
