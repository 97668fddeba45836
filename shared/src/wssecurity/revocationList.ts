import { verify } from 'node:crypto';
import forge from 'node-forge';
import type { Certificate } from './certificate.js';
import { partsOfName, sequence } from './distinguishedName.js';

const { asn1 } = forge;
type Asn1 = forge.asn1.Asn1;

/** Parses DER, all of it. */
function decode(der: string): Asn1 {
  // A bit string can look like a structure, as a signature by an EC key does. The type of fromDer lacks the option.
  return asn1.fromDer(der, { decodeBitStrings: false } as unknown as boolean);
}

/** A certificate revocation list (RFC 5280, section 5), read once. It means nothing until `isSignedBy` has said yes. */
export interface RevocationList {
  /** RFC 4514 string of the authority's name. */
  issuer: string;
  thisUpdate: Date;
  nextUpdate: Date;
  /** As {@link normalizeSerial} writes them. */
  revokedSerials: ReadonlySet<string>;
  /**
   * Whether it is this authority's own list: the name and the signature, not the validity of either. A bit cRLSign in
   * the authority's KeyUsage is not asked for: who may issue certificates can give it to itself.
   */
  isSignedBy(authority: Certificate): boolean;
}

/** A serial number as this module writes it: lower-case hexadecimal without leading zeros, `0` for zero. */
export function normalizeSerial(hexadecimal: string): string {
  return hexadecimal.toLowerCase().replace(/^0+(?=.)/, '');
}

/**
 * Reads a complete list of one authority in DER or PEM, and nothing else that a list can be: one that is not
 * understood in every part might revoke more, or less, than it seems to.
 * @throws {Error} if it is none, is not DER, says when the next one is due by no date, has an unknown critical
 * extension, or is a part of a list (a delta, or one with a distribution point).
 */
export function readRevocationList(bytes: Buffer): RevocationList {
  const der = derOf(bytes);
  const list = decode(der);
  // Else the signed bytes, which are encoded anew below, might not be those that were sent.
  if (asn1.toDer(list).getBytes() !== der) throw new Error('the revocation list is not DER');
  const [tbs, algorithm, signature, ...rest] = sequence(list);
  if (!tbs || !algorithm || !signature || rest.length > 0) {
    throw new Error('a revocation list is expected');
  }
  const fields = readTbs(tbs);
  // RFC 5280, 5.1.1.2: the signed one must be the other one.
  if (encode(fields.algorithm) !== encode(algorithm)) {
    throw new Error('the revocation list names two signature algorithms');
  }
  const { hash, keyType } = signatureAlgorithm(algorithm);
  const signed = Buffer.from(encode(tbs), 'latin1');
  const signatureBytes = bitString(signature);
  const { issuer, thisUpdate, nextUpdate, revokedSerials } = fields;
  return {
    issuer,
    thisUpdate,
    nextUpdate,
    revokedSerials,
    isSignedBy: ({ isAuthority, subject, publicKey }) =>
      isAuthority &&
      subject === issuer &&
      publicKey.asymmetricKeyType === keyType &&
      verify(hash, signed, publicKey, signatureBytes),
  };
}

/** The bytes, one character each. */
function derOf(bytes: Buffer): string {
  const text = bytes.toString('latin1');
  if (!text.includes('-----BEGIN')) return text;
  const [block, ...more] = forge.pem.decode(text);
  if (block?.type !== 'X509 CRL' || more.length > 0) throw new Error('one X509 CRL is expected');
  return block.body;
}

interface TbsFields extends Omit<RevocationList, 'isSignedBy'> {
  algorithm: Asn1;
}

const VERSION_2 = '\x01';

/** TBSCertList (RFC 5280, 5.1.2). */
function readTbs(tbs: Asn1): TbsFields {
  const fields = sequence(tbs);
  const [version, algorithm, issuer, thisUpdate, nextUpdate, ...optional] = fields;
  if (!isUniversal(version, asn1.Type.INTEGER) || version.value !== VERSION_2) {
    throw new Error('a revocation list of version 2 is expected');
  }
  if (!algorithm || !issuer || !thisUpdate || !nextUpdate) {
    throw new Error('the revocation list has no issuer or no times');
  }
  const revoked = isUniversal(optional[0], asn1.Type.SEQUENCE) ? sequence(optional[0]) : [];
  const [wrapped, ...rest] = optional.slice(revoked.length > 0 ? 1 : 0);
  if (rest.length > 0) throw new Error('the revocation list has an unknown part');
  if (wrapped) readExtensions(unwrap(wrapped), PLAIN_LIST_EXTENSIONS);
  return {
    algorithm,
    issuer: partsOfName(issuer).join(','),
    thisUpdate: time(thisUpdate),
    nextUpdate: time(nextUpdate),
    revokedSerials: new Set(revoked.map(readEntry)),
  };
}

const AUTHORITY_KEY_IDENTIFIER = '2.5.29.35';
const CRL_NUMBER = '2.5.29.20';
const DELTA_CRL_INDICATOR = '2.5.29.27';
const ISSUING_DISTRIBUTION_POINT = '2.5.29.28';
const REASON_CODE = '2.5.29.21';
const CERTIFICATE_ISSUER = '2.5.29.29';

/** What leaves the meaning of a list as it is, critical or not. */
const PLAIN_LIST_EXTENSIONS = [AUTHORITY_KEY_IDENTIFIER, CRL_NUMBER];
/** These make it a part of a list, or of another authority's: they should be critical, but that is the sender's word. */
const FOREIGN = [DELTA_CRL_INDICATOR, ISSUING_DISTRIBUTION_POINT, CERTIFICATE_ISSUER];

/** CRLReason (RFC 5280, 5.3.1), less removeFromCRL: not revoked any more, which only a delta says. */
const REASONS: readonly string[] = [0, 1, 2, 3, 4, 5, 6, 9, 10].map((code) =>
  String.fromCharCode(code),
);

/** @returns the serial number */
function readEntry(entry: Asn1): string {
  const [serial, date, extensions, ...rest] = sequence(entry);
  if (!isUniversal(serial, asn1.Type.INTEGER) || !date || rest.length > 0) {
    throw new Error('an entry of the revocation list is malformed');
  }
  time(date);
  const reason = extensions && readExtensions(extensions, [REASON_CODE]).get(REASON_CODE);
  if (reason !== undefined && !REASONS.includes(decode(reason).value as string)) {
    throw new Error('the revocation list gives a reason that is not supported here');
  }
  const bytes = Buffer.from(serial.value as string, 'latin1');
  if ((bytes[0] ?? 0) >= 0x80) throw new Error('a serial number is negative');
  return normalizeSerial(bytes.toString('hex'));
}

/**
 * Extensions (RFC 5280, 4.1): their DER values by their object identifiers.
 * @param known which of them may be critical
 */
function readExtensions(extensions: Asn1, known: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const extension of sequence(extensions)) {
    const [id, ...parts] = sequence(extension);
    const value = parts.pop();
    if (!isUniversal(value, asn1.Type.OCTETSTRING)) {
      throw new Error('an extension of the revocation list is malformed');
    }
    const oid = asn1.derToOid(id?.value as string);
    const isCritical = parts.length > 0 && parts[0]?.value !== '\0';
    if (FOREIGN.includes(oid) || (isCritical && !known.includes(oid)) || values.has(oid)) {
      throw new Error(`the revocation list has the extension ${oid}, which is not supported here`);
    }
    values.set(oid, value.value as string);
  }
  return values;
}

/** The value in an explicit tag [0]. */
function unwrap({ tagClass, type, value }: Asn1): Asn1 {
  const [inner, ...rest] = typeof value === 'string' ? [] : value;
  const isTag = tagClass === asn1.Class.CONTEXT_SPECIFIC && (type as number) === 0;
  if (!isTag || !inner || rest.length > 0) {
    throw new Error('the revocation list has an unknown part');
  }
  return inner;
}

function isUniversal(node: Asn1 | undefined, type: forge.asn1.Type): node is Asn1 {
  return node?.tagClass === asn1.Class.UNIVERSAL && node.type === type;
}

/** RFC 5280, 5.1.2.4: in UTC, with seconds and without fractions of them. */
function time(node: Asn1): Date {
  const isUtcTime = isUniversal(node, asn1.Type.UTCTIME);
  if (!isUtcTime && !isUniversal(node, asn1.Type.GENERALIZEDTIME)) {
    throw new Error('a time is expected in the revocation list');
  }
  const text = node.value as string;
  // RFC 5280, 4.1.2.5.1: two digits are a year from 1950 to 2049.
  const full = isUtcTime ? `${text < '50' ? '20' : '19'}${text}` : text;
  const iso = full.replace(/^(....)(..)(..)(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6.000Z');
  const date = new Date(iso);
  // A date that is none (the 31st of June) comes out as another one.
  if (Number.isNaN(date.getTime()) || date.toISOString() !== iso) {
    throw new Error('a time in the revocation list is malformed');
  }
  return date;
}

interface SignatureAlgorithm {
  hash: 'sha256' | 'sha384' | 'sha512';
  keyType: 'rsa' | 'ec';
}

/** RFC 4055, section 5, and RFC 5758, section 3.2. */
const ALGORITHMS: Readonly<Record<string, SignatureAlgorithm>> = {
  '1.2.840.113549.1.1.11': { hash: 'sha256', keyType: 'rsa' },
  '1.2.840.113549.1.1.12': { hash: 'sha384', keyType: 'rsa' },
  '1.2.840.113549.1.1.13': { hash: 'sha512', keyType: 'rsa' },
  '1.2.840.10045.4.3.2': { hash: 'sha256', keyType: 'ec' },
  '1.2.840.10045.4.3.3': { hash: 'sha384', keyType: 'ec' },
  '1.2.840.10045.4.3.4': { hash: 'sha512', keyType: 'ec' },
};

function signatureAlgorithm(identifier: Asn1): SignatureAlgorithm {
  const oid = asn1.derToOid(sequence(identifier)[0]?.value as string);
  const algorithm = ALGORITHMS[oid];
  if (!algorithm) throw new Error(`the signature algorithm ${oid} is not supported`);
  return algorithm;
}

/** The bytes of a BIT STRING that is whole bytes. */
function bitString(node: Asn1): Buffer {
  const bits = isUniversal(node, asn1.Type.BITSTRING) ? node.value : '';
  if (typeof bits !== 'string' || bits[0] !== '\0') throw new Error('a signature is expected');
  return Buffer.from(bits.slice(1), 'latin1');
}

function encode(node: Asn1): string {
  return asn1.toDer(node).getBytes();
}
