import { createHash } from 'node:crypto';
import forge from 'node-forge';

const { asn1, pki } = forge;

const KEY_BITS = 2_048;

export function generateKeys(): Promise<forge.pki.rsa.KeyPair> {
  return new Promise((resolve, reject) => {
    pki.rsa.generateKeyPair({ bits: KEY_BITS }, (error, keys) =>
      error ? reject(error) : resolve(keys),
    );
  });
}

/** PKCS #8, unencrypted. */
export function privateKeyToPem(key: forge.pki.PrivateKey): string {
  return unixLines(pki.privateKeyInfoToPem(pki.wrapRsaPrivateKey(pki.privateKeyToAsn1(key))));
}

/** SHA-256 of the SubjectPublicKeyInfo in hexadecimal: which key it is. */
export function keyFingerprint(key: forge.pki.PublicKey): string {
  const der = asn1.toDer(pki.publicKeyToAsn1(key)).getBytes();
  return createHash('sha256').update(der, 'latin1').digest('hex');
}

/** node-forge ends lines as RFC 1421 does; OpenSSL and editors prefer a line feed. */
export function unixLines(pem: string): string {
  return pem.replaceAll('\r\n', '\n');
}
