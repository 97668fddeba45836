import { createPublicKey } from 'node:crypto';
import forge from 'node-forge';
import { generateKeys, privateKeyToPem, unixLines } from './keys.js';
import { decodeAttributes, encodeName, type Name } from './names.js';
import { Refusal } from './refusal.js';
import { type AlternativeNames, alternativeNames, serverNamesIn } from './serverNames.js';

const { asn1, pki } = forge;

const MIN_RSA_BITS = 2_048;
/** NIST SP 800-56B, 6.2: smaller exponents have a history of forged signatures. */
const MIN_EXPONENT = 65_537n;

/**
 * Makes a key and the request that has it certified (PKCS #10, RFC 2986), both in PEM.
 * @param subject of a user or a service
 * @param serverNames the names and addresses under which a service is reached
 */
export async function createSigningRequest(
  subject: Name,
  serverNames: readonly string[] = [],
): Promise<{ privateKeyPem: string; requestPem: string }> {
  const request = pki.createCertificationRequest();
  request.setSubject(encodeName(subject));
  if (serverNames.length > 0) {
    const extensions = [alternativeNames(serverNames)];
    request.setAttributes([{ name: 'extensionRequest', extensions }]);
  }
  const keys = await generateKeys();
  request.publicKey = keys.publicKey;
  request.sign(keys.privateKey, forge.md.sha256.create());
  return {
    privateKeyPem: privateKeyToPem(keys.privateKey),
    requestPem: unixLines(pki.certificationRequestToPem(request)),
  };
}

/** What a request asks for, its key proven to be the asker's. */
export interface SigningRequest {
  publicKey: forge.pki.PublicKey;
  organisation: string;
  commonName: string;
  /** The names of hosts and addresses for which it asks (RFC 2985, 5.4.2). */
  serverNames: readonly string[];
}

/**
 * Reads a request in PEM.
 * @throws {Refusal} if it is none, is not signed with its own key, has a weak key, or its subject is not a user's.
 */
export function readSigningRequest(pem: string): SigningRequest {
  const request = parse(pem);
  if (!isSignedByItself(request)) {
    throw new Refusal('The request is not signed with its own key.');
  }
  const publicKey = request.publicKey as forge.pki.rsa.PublicKey;
  checkStrength(publicKey);
  const serverNames = requestedNames(request);
  return { publicKey, serverNames, ...readSubject(request.subject.attributes) };
}

function parse(pem: string): forge.pki.CertificateSigningRequest {
  const der = requestBytes(pem);
  try {
    const structure = asn1.fromDer(der);
    if (isRsa(structure)) return pki.certificationRequestFromAsn1(structure, true);
  } catch {
    throw new Refusal('The certificate request cannot be read.');
  }
  throw new Refusal(`The key of the request is not RSA: make one of ${MIN_RSA_BITS} bits or more.`);
}

function requestBytes(pem: string): string {
  try {
    const [block] = forge.pem.decode(pem);
    if (block && /^(NEW )?CERTIFICATE REQUEST$/.test(block.type)) return block.body;
  } catch {
    // As below: not PEM.
  }
  throw new Refusal('This is not a certificate request in PEM.');
}

/** CertificationRequestInfo (RFC 2986, 4.1) is version, subject, key: node-forge reads no other key than RSA's. */
function isRsa(request: forge.asn1.Asn1): boolean {
  const key = child(child(request, 0), 2);
  return asn1.derToOid(child(child(key, 0), 0).value as string) === pki.oids.rsaEncryption;
}

function child({ value }: forge.asn1.Asn1, index: number): forge.asn1.Asn1 {
  const part = typeof value === 'string' ? undefined : value[index];
  if (!part) throw new Error('a part of the request is missing');
  return part;
}

function isSignedByItself(request: forge.pki.CertificateSigningRequest): boolean {
  try {
    return request.verify();
  } catch {
    return false;
  }
}

function requestedNames(request: forge.pki.CertificateSigningRequest): readonly string[] {
  const attribute = request.getAttribute({ name: 'extensionRequest' });
  const extensions = (attribute?.extensions ?? []) as { name?: string }[];
  const names = extensions.find(({ name }) => name === 'subjectAltName');
  return names ? serverNamesIn(names as AlternativeNames) : [];
}

function checkStrength(publicKey: forge.pki.rsa.PublicKey): void {
  const { asymmetricKeyDetails } = createPublicKey(pki.publicKeyToPem(publicKey));
  const { modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails ?? {};
  if (modulusLength < MIN_RSA_BITS) {
    throw new Refusal(
      `The key of the request has ${modulusLength} bits: make one of ${MIN_RSA_BITS} or more.`,
    );
  }
  if (publicExponent < MIN_EXPONENT) {
    throw new Refusal(`The public exponent of the key is below ${MIN_EXPONENT}: make another key.`);
  }
}

/** The organisational unit is not for the request to choose, so it is not read. */
function readSubject(
  fields: readonly forge.pki.CertificateField[],
): Pick<SigningRequest, 'organisation' | 'commonName'> {
  const attributes = decodeAttributes(fields);
  const other = attributes.find(({ shortName }) => !['O', 'OU', 'CN'].includes(shortName ?? ''));
  if (other) {
    throw new Refusal(
      `The subject of the request has ${other.name ?? other.type}: only O, OU and CN are allowed.`,
    );
  }
  const only = (name: string): string => {
    const [first, ...more] = attributes.filter(({ shortName }) => shortName === name);
    if (first && more.length === 0) return first.value as string;
    throw new Refusal(`The subject of the request needs exactly one ${name}.`);
  };
  return { organisation: only('O'), commonName: only('CN') };
}
