import { randomBytes } from 'node:crypto';
import forge from 'node-forge';
import { generateKeys, privateKeyToPem, unixLines } from './keys.js';
import { decodeAttributes, encodeName, type Name } from './names.js';
import { alternativeNames } from './serverNames.js';

const { pki } = forge;

/** A certificate and its private key, both in PEM. */
export interface KeyPair {
  certificatePem: string;
  privateKeyPem: string;
}

export interface CertificateRequest {
  /** The subject name, most general attribute first. */
  subject: Name;
  /** Names and addresses under which a server is reached; none for a user. */
  serverNames?: readonly string[];
  days: number;
}

const DAY_MS = 86_400_000;
/** A certificate is valid a little before now, for hosts whose clocks are behind. */
const BACKDATED_MS = 3_600_000;

/** Makes a certificate authority: a self-signed certificate that may sign certificates (RFC 5280, 4.2.1.9). */
export async function createAuthority(request: CertificateRequest): Promise<KeyPair> {
  const { publicKey, privateKey } = await generateKeys();
  const certificate = signAuthority(prepare(request, publicKey), privateKey);
  return {
    certificatePem: unixLines(pki.certificateToPem(certificate)),
    privateKeyPem: privateKeyToPem(privateKey),
  };
}

/** Another certificate of an authority, for its name and key. */
export function renewAuthority(
  authority: KeyPair,
  days: number,
): { certificatePem: string; notAfter: Date } {
  const former = pki.certificateFromPem(authority.certificatePem);
  const subject = decodeAttributes(former.subject.attributes) as Name;
  const certificate = signAuthority(
    prepare({ subject, days }, former.publicKey),
    pki.privateKeyFromPem(authority.privateKeyPem),
  );
  const { notAfter } = certificate.validity;
  return { certificatePem: unixLines(pki.certificateToPem(certificate)), notAfter };
}

function signAuthority(
  certificate: forge.pki.Certificate,
  privateKey: forge.pki.PrivateKey,
): forge.pki.Certificate {
  certificate.setIssuer(certificate.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  certificate.sign(privateKey as forge.pki.rsa.PrivateKey, forge.md.sha256.create());
  return certificate;
}

/**
 * Certifies a public key, for no longer than the authority's own certificate is valid.
 * @returns the certificate
 */
export function certify(
  authority: KeyPair,
  publicKey: forge.pki.PublicKey,
  request: CertificateRequest,
): forge.pki.Certificate {
  const issuer = pki.certificateFromPem(authority.certificatePem);
  const certificate = prepare(request, publicKey);
  if (certificate.validity.notAfter > issuer.validity.notAfter) {
    certificate.validity.notAfter = issuer.validity.notAfter;
  }
  certificate.setIssuer(decodeAttributes(issuer.subject.attributes));
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    ...usage(request.serverNames),
    { name: 'subjectKeyIdentifier' },
    {
      name: 'authorityKeyIdentifier',
      keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes(),
    },
  ]);
  certificate.sign(pki.privateKeyFromPem(authority.privateKeyPem), forge.md.sha256.create());
  return certificate;
}

/** A user signs; a server is also reached by TLS, with keys exchanged by RSA where a client is old. */
function usage(serverNames: readonly string[] | undefined): object[] {
  if (!serverNames) {
    return [
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', clientAuth: true },
    ];
  }
  return [
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', clientAuth: true, serverAuth: true },
    alternativeNames(serverNames),
  ];
}

function prepare(
  request: CertificateRequest,
  publicKey: forge.pki.PublicKey,
): forge.pki.Certificate {
  const certificate = pki.createCertificate();
  certificate.publicKey = publicKey;
  // RFC 5280, 4.1.2.2: a positive integer of at most 20 octets.
  certificate.serialNumber = `40${randomBytes(15).toString('hex')}`;
  certificate.validity.notBefore = new Date(Date.now() - BACKDATED_MS);
  certificate.validity.notAfter = new Date(Date.now() + request.days * DAY_MS);
  certificate.setSubject(encodeName(request.subject));
  return certificate;
}
