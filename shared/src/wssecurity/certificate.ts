import { createHash, type KeyObject, X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import { partsOfName, sequence } from './distinguishedName.js';

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
  publicKey: KeyObject;
  isAuthority: boolean;
  /** RFC 5280, 4.2.1.3; a certificate without the extension may be used for anything. */
  maySign: boolean;
  maySignCertificates: boolean;
  notBefore: Date;
  notAfter: Date;
}

const KEY_USAGE = '2.5.29.15';
const BASIC_CONSTRAINTS = '2.5.29.19';
const DIGITAL_SIGNATURE = 0x80;
const NON_REPUDIATION = 0x40;
const KEY_CERT_SIGN = 0x04;

/**
 * Reads a certificate in DER or PEM.
 * @throws {Error} if it is none.
 */
export function readCertificate(bytes: Buffer): Certificate {
  const x509 = new X509Certificate(bytes);
  const fields = tbsFields(x509.raw);
  const subjectParts = partsOfName(fields.subject);
  const usage = keyUsage(fields.extensions.get(KEY_USAGE));
  return {
    x509,
    fingerprint: createHash('sha256').update(x509.raw).digest('hex'),
    subject: subjectParts.join(','),
    subjectParts,
    publicKey: x509.publicKey,
    isAuthority: x509.ca && fields.extensions.has(BASIC_CONSTRAINTS),
    maySign: (usage & (DIGITAL_SIGNATURE | NON_REPUDIATION)) !== 0,
    maySignCertificates: (usage & KEY_CERT_SIGN) !== 0,
    notBefore: new Date(x509.validFrom),
    notAfter: new Date(x509.validTo),
  };
}

interface TbsFields {
  subject: forge.asn1.Asn1;
  /** The DER value of each extension by its object identifier. */
  extensions: ReadonlyMap<string, string>;
}

/** TBSCertificate of RFC 5280, 4.1: node-forge can't read certificates with EC keys, its ASN.1 reader can. */
function tbsFields(der: Buffer): TbsFields {
  const [tbs] = sequence(asn1.fromDer(der.toString('latin1')));
  if (!tbs) throw new Error('not a certificate');
  const fields = sequence(tbs);
  const subject = fields[hasVersion(fields) ? 5 : 4];
  if (!subject) throw new Error('the certificate has no subject');
  const extensions = new Map<string, string>();
  for (const field of fields) {
    if (field.tagClass !== asn1.Class.CONTEXT_SPECIFIC || (field.type as number) !== 3) continue;
    for (const extension of sequence(field).flatMap(sequence)) {
      const parts = sequence(extension);
      const oid = asn1.derToOid(parts[0]?.value as string);
      extensions.set(oid, parts.at(-1)?.value as string);
    }
  }
  return { subject, extensions };
}

function hasVersion(fields: readonly forge.asn1.Asn1[]): boolean {
  return fields[0]?.tagClass === asn1.Class.CONTEXT_SPECIFIC;
}

/** The first eight bits of KeyUsage; all of them if the extension is absent. */
function keyUsage(der: string | undefined): number {
  if (der === undefined) return 0xff;
  const bits = asn1.fromDer(der).value as string;
  return bits.length > 1 ? bits.charCodeAt(1) : 0;
}
