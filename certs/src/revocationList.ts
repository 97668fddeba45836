import { createPrivateKey, sign } from 'node:crypto';
import forge from 'node-forge';
import type { KeyPair } from './authority.js';
import { unixLines } from './keys.js';
import { decodeAttributes } from './names.js';

const { asn1, pki } = forge;
type Asn1 = forge.asn1.Asn1;

/** CRLReason (RFC 5280, 5.3.1), less what an authority without holds and sub-authorities has no use for. */
export const REASONS = {
  unspecified: 0,
  keyCompromise: 1,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  privilegeWithdrawn: 9,
} as const;

export type Reason = keyof typeof REASONS;

export interface RevokedCertificate {
  /** In hexadecimal. */
  serial: string;
  at: Date;
  reason: Reason;
}

export interface RevocationListFields {
  number: number;
  thisUpdate: Date;
  nextUpdate: Date;
  revoked: readonly RevokedCertificate[];
}

const SHA256_WITH_RSA = '1.2.840.113549.1.1.11';
const CRL_NUMBER = '2.5.29.20';
const REASON_CODE = '2.5.29.21';
const AUTHORITY_KEY_IDENTIFIER = '2.5.29.35';
const VERSION_2 = 1;

/** Makes a revocation list (RFC 5280, 5.1; version 2, RSA with SHA-256) in PEM: node-forge makes none. */
export function createRevocationList(authority: KeyPair, fields: RevocationListFields): string {
  const issuer = pki.certificateFromPem(authority.certificatePem);
  const algorithm = sequence(oid(SHA256_WITH_RSA), universal(asn1.Type.NULL, ''));
  const tbs = sequence(
    integer(VERSION_2),
    algorithm,
    pki.distinguishedNameToAsn1({ attributes: decodeAttributes(issuer.subject.attributes) }),
    time(fields.thisUpdate),
    time(fields.nextUpdate),
    // RFC 5280, 5.1.2.6: absent if nothing is revoked.
    ...(fields.revoked.length > 0 ? [sequence(...fields.revoked.map(entry))] : []),
    explicit(
      0,
      sequence(
        extension(
          AUTHORITY_KEY_IDENTIFIER,
          sequence(implicit(0, issuer.generateSubjectKeyIdentifier().getBytes())),
        ),
        extension(CRL_NUMBER, integer(fields.number)),
      ),
    ),
  );
  const signed = Buffer.from(asn1.toDer(tbs).getBytes(), 'latin1');
  const signature = sign('sha256', signed, createPrivateKey(authority.privateKeyPem));
  const unusedBits = '\0';
  const list = sequence(
    tbs,
    algorithm,
    universal(asn1.Type.BITSTRING, unusedBits + signature.toString('latin1')),
  );
  const body = asn1.toDer(list).getBytes();
  return unixLines(forge.pem.encode({ type: 'X509 CRL', body }));
}

function entry({ serial, at, reason }: RevokedCertificate): Asn1 {
  const reasonCode = universal(asn1.Type.ENUMERATED, String.fromCharCode(REASONS[reason]));
  return sequence(
    universal(asn1.Type.INTEGER, positive(serial)),
    time(at),
    // RFC 5280, 5.3.1: absent rather than unspecified.
    ...(reason === 'unspecified' ? [] : [sequence(extension(REASON_CODE, reasonCode))]),
  );
}

/** The octets of a positive INTEGER: with a zero in front where the first bit would make it negative. */
function positive(serial: string): string {
  const bytes = forge.util.hexToBytes(serial);
  return bytes.charCodeAt(0) < 0x80 ? bytes : `\0${bytes}`;
}

/** RFC 5280, 5.1.2.4: UTCTime until 2049, then GeneralizedTime. */
function time(date: Date): Asn1 {
  return date.getUTCFullYear() < 2050
    ? universal(asn1.Type.UTCTIME, asn1.dateToUtcTime(date))
    : universal(asn1.Type.GENERALIZEDTIME, asn1.dateToGeneralizedTime(date));
}

function extension(id: string, value: Asn1): Asn1 {
  return sequence(oid(id), universal(asn1.Type.OCTETSTRING, asn1.toDer(value).getBytes()));
}

function integer(value: number): Asn1 {
  return universal(asn1.Type.INTEGER, asn1.integerToDer(value).getBytes());
}

function oid(id: string): Asn1 {
  return universal(asn1.Type.OID, asn1.oidToDer(id).getBytes());
}

function sequence(...parts: Asn1[]): Asn1 {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, parts);
}

function universal(type: forge.asn1.Type, value: string): Asn1 {
  return asn1.create(asn1.Class.UNIVERSAL, type, false, value);
}

function explicit(tag: number, value: Asn1): Asn1 {
  return asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag, true, [value]);
}

function implicit(tag: number, value: string): Asn1 {
  return asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag, false, value);
}
