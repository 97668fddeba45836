import { randomBytes } from 'node:crypto';
import forge from 'node-forge';

const { pki } = forge;

/** A certificate and its private key, both in PEM. */
export interface KeyPair {
  certificatePem: string;
  privateKeyPem: string;
}

export interface CertificateRequest {
  /** The subject name, most general attribute first. */
  subject: readonly { shortName: 'O' | 'OU' | 'CN'; value: string }[];
  /** Names and addresses under which a server is reached; none for a user. */
  serverNames?: readonly string[];
  days: number;
}

const KEY_BITS = 2_048;
const DAY_MS = 86_400_000;
/** A certificate is valid a little before now, for hosts whose clocks are behind. */
const BACKDATED_MS = 3_600_000;

/** Makes a certificate authority: a self-signed certificate that may sign certificates (RFC 5280, 4.2.1.9). */
export async function createAuthority(request: CertificateRequest): Promise<KeyPair> {
  const keys = await generateKeys();
  const certificate = prepare(request, keys.publicKey);
  certificate.setIssuer(certificate.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  certificate.sign(keys.privateKey, forge.md.sha256.create());
  return toPem(certificate, keys.privateKey);
}

/** Makes a key pair and has the authority certify it: for a service, or a user of a trial deployment. */
export async function issue(authority: KeyPair, request: CertificateRequest): Promise<KeyPair> {
  const keys = await generateKeys();
  const issuer = pki.certificateFromPem(authority.certificatePem);
  const certificate = prepare(request, keys.publicKey);
  certificate.setIssuer(issuer.subject.attributes.map(decoded));
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', clientAuth: true, serverAuth: request.serverNames !== undefined },
    ...alternativeNames(request.serverNames),
    { name: 'subjectKeyIdentifier' },
    {
      name: 'authorityKeyIdentifier',
      keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes(),
    },
  ]);
  certificate.sign(pki.privateKeyFromPem(authority.privateKeyPem), forge.md.sha256.create());
  return toPem(certificate, keys.privateKey);
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
  certificate.setSubject(request.subject.map((each) => ({ ...each, valueTagClass: UTF8 })));
  return certificate;
}

/** Of the names' texts: node-forge's default can hold no letters beyond ASCII. Its type calls the tag a class. */
const UTF8 = forge.asn1.Type.UTF8 as number as forge.asn1.Class;

/** An attribute as it was read has the bytes of UTF-8 in its value, which node-forge would encode once more. */
function decoded(attribute: forge.pki.CertificateField): forge.pki.CertificateField {
  const { value, valueTagClass } = attribute;
  if (valueTagClass !== UTF8 || typeof value !== 'string') return attribute;
  return { ...attribute, value: forge.util.decodeUtf8(value) };
}

const DNS_NAME = 2;
const IP_ADDRESS = 7;

function alternativeNames(names: readonly string[] | undefined): object[] {
  if (!names) return [];
  const altNames = names.map((name) =>
    /^[\d.]+$|:/.test(name) ? { type: IP_ADDRESS, ip: name } : { type: DNS_NAME, value: name },
  );
  return [{ name: 'subjectAltName', altNames }];
}

function generateKeys(): Promise<forge.pki.rsa.KeyPair> {
  return new Promise((resolve, reject) => {
    pki.rsa.generateKeyPair({ bits: KEY_BITS }, (error, keys) =>
      error ? reject(error) : resolve(keys),
    );
  });
}

function toPem(certificate: forge.pki.Certificate, privateKey: forge.pki.PrivateKey): KeyPair {
  return {
    certificatePem: pki.certificateToPem(certificate).replaceAll('\r\n', '\n'),
    privateKeyPem: pki
      .privateKeyInfoToPem(pki.wrapRsaPrivateKey(pki.privateKeyToAsn1(privateKey)))
      .replaceAll('\r\n', '\n'),
  };
}
