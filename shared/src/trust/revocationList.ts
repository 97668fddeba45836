import { verify } from 'node:crypto';
import forge from 'node-forge';
import {
  type Asn1,
  algorithmOid,
  decodeDer,
  type Extension,
  encodeDer,
  isTagged,
  isUniversal,
  normalizeSerial,
  readExtensions,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
  sequence,
  unwrap,
} from './asn1.js';
import type { Certificate } from './certificate.js';
import { partsOfName } from './distinguishedName.js';

const { asn1 } = forge;

/** A certificate revocation list (RFC 5280, section 5), read once. It means nothing until `isSignedBy` has said yes. */
export interface RevocationList {
  /** RFC 4514 string of the authority's name. */
  issuer: string;
  thisUpdate: Date;
  nextUpdate: Date;
  /** CRL number (RFC 5280, 5.2.3): it grows with each list. A list of version 1 has none. */
  number: bigint | undefined;
  /** As {@link normalizeSerial} writes them. */
  revokedSerials: ReadonlySet<string>;
  /**
   * Whether it is this authority's own list: the name and the signature, not the validity of either. A bit cRLSign in
   * the authority's KeyUsage is not asked for: who may issue certificates can give it to itself.
   */
  isSignedBy(authority: Certificate): boolean;
}

/**
 * Reads a complete list of one authority in DER or PEM, and nothing else that a list can be: one that is not
 * understood in every part might revoke more, or less, than it seems to.
 * @throws {Error} if it is none, is not DER, says when the next one is due by no date, has an unknown critical
 * extension, or is a part of a list (a delta, or one with a distribution point).
 */
export function readRevocationList(bytes: Buffer): RevocationList {
  const der = derOf(bytes);
  const structure = decodeDer(der);
  // Else the signed bytes, which are encoded anew below, might not be those that were sent.
  if (encodeDer(structure) !== der) throw new Error('the revocation list is not DER');
  const [tbs, algorithm, signature, ...rest] = sequence(structure);
  if (!tbs || !algorithm || !signature || rest.length > 0) {
    throw new Error('a revocation list is expected');
  }
  const fields = readTbs(tbs);
  // RFC 5280, 5.1.1.2: the signed one must be the other one.
  if (encodeDer(fields.algorithm) !== encodeDer(algorithm)) {
    throw new Error('the revocation list names two signature algorithms');
  }
  const { hash, keyType } = signatureAlgorithm(algorithm);
  const signed = Buffer.from(encodeDer(tbs), 'latin1');
  const signatureBytes = bitString(signature);
  const { algorithm: _, ...list } = fields;
  return {
    ...list,
    isSignedBy: ({ isAuthority, subject, publicKey }) =>
      isAuthority &&
      subject === list.issuer &&
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

/** TBSCertList (RFC 5280, 5.1.2). OpenSSL still makes lists of version 1: the same without extensions. */
function readTbs(tbs: Asn1): TbsFields {
  const fields = sequence(tbs);
  const version = isUniversal(fields[0], asn1.Type.INTEGER) ? fields[0] : undefined;
  if (version && version.value !== VERSION_2) {
    throw new Error('a revocation list of version 1 or 2 is expected');
  }
  const [algorithm, issuer, thisUpdate, nextUpdate, ...optional] = fields.slice(version ? 1 : 0);
  if (!algorithm || !issuer || !thisUpdate || !nextUpdate) {
    throw new Error('the revocation list has no issuer or no times');
  }
  const revoked = isUniversal(optional[0], asn1.Type.SEQUENCE) ? sequence(optional[0]) : [];
  const [wrapped, ...rest] = optional.slice(revoked.length > 0 ? 1 : 0);
  if (rest.length > 0 || (wrapped && !(version && isTagged(wrapped, 0)))) {
    throw new Error('the revocation list has an unknown part');
  }
  const extensions = wrapped && checkExtensions(unwrap(wrapped), PLAIN_LIST_EXTENSIONS);
  return {
    algorithm,
    issuer: partsOfName(issuer).join(','),
    thisUpdate: time(thisUpdate),
    nextUpdate: time(nextUpdate),
    number: crlNumber(extensions?.get(CRL_NUMBER)),
    revokedSerials: new Set(revoked.map(readEntry)),
  };
}

function crlNumber(extension: Extension | undefined): bigint | undefined {
  if (!extension) return undefined;
  const number = decodeDer(extension.value);
  if (!isUniversal(number, asn1.Type.INTEGER)) throw new Error('the CRL number is malformed');
  return BigInt(`0x${Buffer.from(number.value as string, 'latin1').toString('hex')}`);
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
  const reason = extensions && checkExtensions(extensions, [REASON_CODE]).get(REASON_CODE);
  if (reason && !REASONS.includes(decodeDer(reason.value).value as string)) {
    throw new Error('the revocation list gives a reason that is not supported here');
  }
  const bytes = Buffer.from(serial.value as string, 'latin1');
  if ((bytes[0] ?? 0) >= 0x80) throw new Error('a serial number is negative');
  return normalizeSerial(bytes.toString('hex'));
}

/** @param known which of them may be critical */
function checkExtensions(extensions: Asn1, known: readonly string[]): Map<string, Extension> {
  const found = readExtensions(extensions);
  for (const [oid, { isCritical }] of found) {
    if (FOREIGN.includes(oid) || (isCritical && !known.includes(oid))) {
      throw new Error(`the revocation list has the extension ${oid}, which is not supported here`);
    }
  }
  return found;
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

function signatureAlgorithm(identifier: Asn1): SignatureAlgorithm {
  const oid = algorithmOid(identifier);
  const algorithm = SIGNATURE_ALGORITHMS.get(oid);
  if (!algorithm) throw new Error(`the signature algorithm ${oid} is not supported`);
  return algorithm;
}

/** The bytes of a BIT STRING that is whole bytes. */
function bitString(node: Asn1): Buffer {
  const bits = isUniversal(node, asn1.Type.BITSTRING) ? node.value : '';
  if (typeof bits !== 'string' || bits[0] !== '\0') throw new Error('a signature is expected');
  return Buffer.from(bits.slice(1), 'latin1');
}
