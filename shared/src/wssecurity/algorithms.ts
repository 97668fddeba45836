import { hash, type KeyObject, sign, verify } from 'node:crypto';
import { unsupported } from './failure.js';

/** Exclusive XML Canonicalization 1.0, without comments. */
export const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
export const ENVELOPED_SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
export const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';

const DIGESTS: ReadonlyMap<string, string> = new Map([
  [SHA256, 'sha256'],
  ['http://www.w3.org/2001/04/xmldsig-more#sha384', 'sha384'],
  ['http://www.w3.org/2001/04/xmlenc#sha512', 'sha512'],
]);

type KeyType = 'rsa' | 'ec';

const SIGNATURES: ReadonlyMap<string, { hash: string; keyType: KeyType }> = new Map(
  (['rsa', 'ec'] as const).flatMap((keyType) =>
    ['sha256', 'sha384', 'sha512'].map((hash) => [
      `http://www.w3.org/2001/04/xmldsig-more#${keyType === 'ec' ? 'ecdsa' : 'rsa'}-${hash}`,
      { hash, keyType },
    ]),
  ),
);

/** The digest of a canonical form (a string of UTF-16 that is hashed as UTF-8), in base64. */
export function digest(algorithm: string, canonicalForm: string): string {
  const name = DIGESTS.get(algorithm);
  if (!name) throw unsupported(`digest method ${algorithm}`);
  return hash(name, canonicalForm, 'base64');
}

/** Checks a SignatureValue with a key that is already trusted. SHA-1 and HMAC are not in the list. */
export function isSignedBy(
  algorithm: string,
  canonicalForm: string,
  signature: Buffer,
  key: KeyObject,
): boolean {
  const method = SIGNATURES.get(algorithm);
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
  return `http://www.w3.org/2001/04/xmldsig-more#${kind}-sha256`;
}

export function signCanonical(canonicalForm: string, key: KeyObject): Buffer {
  return sign('sha256', Buffer.from(canonicalForm), { key, dsaEncoding: 'ieee-p1363' });
}
