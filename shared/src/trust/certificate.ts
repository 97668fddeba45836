import { createHash, type KeyObject, X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import {
  algorithmOid,
  decodeDer,
  type Extension,
  isTagged,
  normalizeSerial,
  readExtensions,
  readOid,
  SIGNATURE_ALGORITHMS,
  sequence,
  unwrap,
} from './asn1.js';
import { partsOfName } from './distinguishedName.js';

const { asn1 } = forge;

/** A certificate, read once: what trust and identity need of it. */
export interface Certificate {
  x509: X509Certificate;
  /** SHA-256 of the DER bytes, in hexadecimal. */
  fingerprint: string;
  /** RFC 4514 string of the subject: the user id (paper, section 4.2). */
  subject: string;
  /** Its parts (relative distinguished names), most specific first. */
  subjectParts: readonly string[];
  /** RFC 4514 string of the issuer. */
  issuer: string;
  /** As `normalizeSerial` writes it. */
  serial: string;
  publicKey: KeyObject;
  /** SHA-256 of the SubjectPublicKeyInfo, in hexadecimal: which key it is. */
  key: string;
  /** Basic constraints (RFC 5280, 4.2.1.9) say that it is a certificate authority's. */
  isCa: boolean;
  /**
   * Whether it may vouch for others: a certificate authority's whose key usage says so. RFC 5280, 4.2.1.3 wants that
   * of every authority; what `openssl req -x509` makes for a user is "an authority's" too, but does not say it.
   */
  isAuthority: boolean;
  /** How many authorities may be between this one and a user (RFC 5280, 4.2.1.9). */
  pathLength: number;
  /** RFC 5280, 4.2.1.3; a certificate without the extension may be used for anything. */
  maySign: boolean;
  /** Extended key usage (RFC 5280, 4.2.1.12): for what it may be used, undefined if for anything. */
  purposes: readonly string[] | undefined;
  /** The object identifiers of extensions that may restrict it in a way that is not understood here. */
  unsupported: readonly string[];
  signatureAlgorithm: string;
  notBefore: Date;
  notAfter: Date;
}

const KEY_USAGE = '2.5.29.15';
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';
const BASIC_CONSTRAINTS = '2.5.29.19';
const NAME_CONSTRAINTS = '2.5.29.30';
const EXTENDED_KEY_USAGE = '2.5.29.37';
/** These may be critical. An alternative name is nobody's user id, so it changes nothing. */
const UNDERSTOOD = [KEY_USAGE, SUBJECT_ALTERNATIVE_NAME, BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE];

const DIGITAL_SIGNATURE = 0x80;
const NON_REPUDIATION = 0x40;
const KEY_CERT_SIGN = 0x04;
const ALL_USAGES = 0xff;

/**
 * Reads a certificate in DER or PEM.
 * @throws {Error} if it is none.
 */
export function readCertificate(bytes: Buffer): Certificate {
  const x509 = new X509Certificate(bytes);
  const { issuer, subject, signatureAlgorithm, extensions } = readFields(x509.raw);
  const subjectParts = partsOfName(subject);
  const value = (oid: string): forge.asn1.Asn1 | undefined => {
    const extension = extensions.get(oid);
    return extension && decodeDer(extension.value);
  };
  const { publicKey } = x509;
  const usage = keyUsage(value(KEY_USAGE));
  const { isCa, pathLength } = basicConstraints(value(BASIC_CONSTRAINTS));
  return {
    x509,
    fingerprint: sha256(x509.raw),
    subject: subjectParts.join(','),
    subjectParts,
    issuer: partsOfName(issuer).join(','),
    serial: normalizeSerial(x509.serialNumber),
    publicKey,
    key: sha256(publicKey.export({ type: 'spki', format: 'der' })),
    isCa,
    isAuthority: isCa && usage !== undefined && (usage & KEY_CERT_SIGN) !== 0,
    pathLength,
    maySign: ((usage ?? ALL_USAGES) & (DIGITAL_SIGNATURE | NON_REPUDIATION)) !== 0,
    purposes: purposes(value(EXTENDED_KEY_USAGE)),
    unsupported: [...extensions].filter(isUnsupported).map(([oid]) => oid),
    signatureAlgorithm,
    notBefore: new Date(x509.validFrom),
    notAfter: new Date(x509.validTo),
  };
}

/** Whether this authority has signed this certificate: by its name, its key usage and its key, whatever the time. */
export function isIssuedBy(certificate: Certificate, authority: Certificate): boolean {
  return (
    SIGNATURE_ALGORITHMS.has(certificate.signatureAlgorithm) &&
    certificate.x509.checkIssued(authority.x509) &&
    certificate.x509.verify(authority.publicKey)
  );
}

interface Fields {
  issuer: forge.asn1.Asn1;
  subject: forge.asn1.Asn1;
  signatureAlgorithm: string;
  extensions: ReadonlyMap<string, Extension>;
}

/** Certificate (RFC 5280, 4.1): node-forge can't read certificates with EC keys, its ASN.1 reader can. */
function readFields(der: Buffer): Fields {
  const [tbs, algorithm] = sequence(decodeDer(der.toString('latin1')));
  if (!tbs || !algorithm) throw new Error('not a certificate');
  const fields = sequence(tbs);
  const [, , issuer, , subject] = fields.slice(isTagged(fields[0], 0) ? 1 : 0);
  if (!issuer || !subject) throw new Error('the certificate has no subject');
  const wrapped = fields.find((field) => isTagged(field, 3));
  return {
    issuer,
    subject,
    signatureAlgorithm: algorithmOid(algorithm),
    extensions: wrapped ? readExtensions(unwrap(wrapped)) : new Map(),
  };
}

/** RFC 5280, 4.2: what is critical and not understood must be refused; so is what limits the names of users. */
function isUnsupported([oid, { isCritical }]: [string, Extension]): boolean {
  return oid === NAME_CONSTRAINTS || (isCritical && !UNDERSTOOD.includes(oid));
}

/** The first eight bits of KeyUsage; undefined if the extension is absent. */
function keyUsage(node: forge.asn1.Asn1 | undefined): number | undefined {
  const bits = node?.value as string | undefined;
  if (bits === undefined) return undefined;
  return bits.length > 1 ? bits.charCodeAt(1) : 0;
}

function basicConstraints(node: forge.asn1.Asn1 | undefined): {
  isCa: boolean;
  pathLength: number;
} {
  const parts = node ? sequence(node) : [];
  const isCa = parts[0]?.type === asn1.Type.BOOLEAN && parts[0].value !== '\0';
  const limit = parts.find(({ type }) => type === asn1.Type.INTEGER);
  const bytes = Buffer.from((limit?.value as string | undefined) ?? '', 'latin1');
  const pathLength = limit ? Number.parseInt(bytes.toString('hex'), 16) : Number.POSITIVE_INFINITY;
  return { isCa, pathLength };
}

function purposes(node: forge.asn1.Asn1 | undefined): string[] | undefined {
  return node && sequence(node).map(readOid);
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
