import { hash, type KeyObject, sign, verify } from 'node:crypto';
import { unsupported } from './failure.js';

/** Exclusive XML Canonicalization 1.0, without comments. */
export const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
export const ENVELOPED_SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
export const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';

const XMLDSIG = 'http://www.w3.org/2000/09/xmldsig#';
const XMLDSIG_MORE = 'http://www.w3.org/2001/04/xmldsig-more#';

interface SignatureMethod {
  hash: string;
  keyType: 'rsa' | 'ec';
}

/** The algorithms that a message may be signed with: their names in XML Signature, and OpenSSL's. */
export interface AlgorithmSuite {
  digests: ReadonlyMap<string, string>;
  signatures: ReadonlyMap<string, SignatureMethod>;
}

/** RSA and ECDSA with SHA-2. HMAC is in no suite: its key could be anybody's. */
export const MODERN: AlgorithmSuite = {
  digests: new Map([
    [SHA256, 'sha256'],
    [`${XMLDSIG_MORE}sha384`, 'sha384'],
    ['http://www.w3.org/2001/04/xmlenc#sha512', 'sha512'],
  ]),
  signatures: new Map(
    ['sha256', 'sha384', 'sha512'].flatMap((hash): [string, SignatureMethod][] => [
      [`${XMLDSIG_MORE}rsa-${hash}`, { hash, keyType: 'rsa' }],
      [`${XMLDSIG_MORE}ecdsa-${hash}`, { hash, keyType: 'ec' }],
    ]),
  ),
};

/** With SHA-1 besides, which CXF and Rampart take a policy to mean unless they are told otherwise. */
export const WITH_SHA1: AlgorithmSuite = {
  digests: new Map([...MODERN.digests, [`${XMLDSIG}sha1`, 'sha1']]),
  signatures: new Map([
    ...MODERN.signatures,
    [`${XMLDSIG}rsa-sha1`, { hash: 'sha1', keyType: 'rsa' }],
  ]),
};

/** The digest of a canonical form (a string of UTF-16 that is hashed as UTF-8), in base64. */
export function digest(
  algorithm: string,
  canonicalForm: string,
  suite: AlgorithmSuite = MODERN,
): string {
  const name = suite.digests.get(algorithm);
  if (!name) throw unsupported(`digest method ${algorithm}`);
  return hash(name, canonicalForm, 'base64');
}

/** Checks a SignatureValue with a key that is already trusted. */
export function isSignedBy(
  algorithm: string,
  canonicalForm: string,
  signature: Buffer,
  key: KeyObject,
  suite: AlgorithmSuite = MODERN,
): boolean {
  const method = suite.signatures.get(algorithm);
  if (!method) throw unsupported(`signature method ${algorithm}`);
  if (key.asymmetricKeyType !== method.keyType) {
    throw unsupported(`signature method ${algorithm} with a key of type ${key.asymmetricKeyType}`);
  }
  return verify(
    method.hash,
    Buffer.from(canonicalForm),
    { key, dsaEncoding: 'ieee-p1363' },
    signature,
  );
}

/** The signature method for a key of ours: RSA-SHA256 or ECDSA-SHA256. */
export function signatureMethodFor(key: KeyObject): string {
  const kind = key.asymmetricKeyType === 'ec' ? 'ecdsa' : 'rsa';
  return `${XMLDSIG_MORE}${kind}-sha256`;
}

export function signCanonical(canonicalForm: string, key: KeyObject): Buffer {
  return sign('sha256', Buffer.from(canonicalForm), { key, dsaEncoding: 'ieee-p1363' });
}
