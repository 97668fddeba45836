import forge from 'node-forge';

const { asn1 } = forge;

export type Asn1 = forge.asn1.Asn1;

/**
 * Parses DER, all of it.
 * @param der the bytes, one character each
 * @throws {Error} if it is malformed, or bytes are left.
 */
export function decodeDer(der: string): Asn1 {
  // A bit string can look like a structure, as a signature by an EC key does. The type of fromDer lacks the option.
  return asn1.fromDer(der, { decodeBitStrings: false } as unknown as boolean);
}

/** The bytes, one character each. */
export function encodeDer(node: Asn1): string {
  return asn1.toDer(node).getBytes();
}

/** The parts of a constructed value. */
export function sequence(node: Asn1): Asn1[] {
  if (typeof node.value === 'string') throw new Error('a structure is expected');
  return node.value;
}

export function isUniversal(node: Asn1 | undefined, type: forge.asn1.Type): node is Asn1 {
  return node?.tagClass === asn1.Class.UNIVERSAL && node.type === type;
}

/** Whether the node has the context-specific tag [number]. */
export function isTagged(node: Asn1 | undefined, number: number): node is Asn1 {
  return node?.tagClass === asn1.Class.CONTEXT_SPECIFIC && (node.type as number) === number;
}

/** An object identifier in dots. */
export function readOid(node: Asn1 | undefined): string {
  if (!isUniversal(node, asn1.Type.OID)) throw new Error('an object identifier is expected');
  return asn1.derToOid(node.value as string);
}

/** The object identifier of an AlgorithmIdentifier (RFC 5280, 4.1.1.2). */
export function algorithmOid(identifier: Asn1): string {
  return readOid(sequence(identifier)[0]);
}

/** A serial number as this product compares it: lower-case hexadecimal without leading zeros, `0` for zero. */
export function normalizeSerial(hexadecimal: string): string {
  return hexadecimal.toLowerCase().replace(/^0+(?=.)/, '');
}

export interface Extension {
  isCritical: boolean;
  /** The DER of the value, one character each byte. */
  value: string;
}

/**
 * Extensions (RFC 5280, 4.1) by their object identifiers.
 * @throws {Error} if one is there twice (4.2: there must not be more than one instance).
 */
export function readExtensions(extensions: Asn1): Map<string, Extension> {
  const found = new Map<string, Extension>();
  for (const extension of sequence(extensions)) {
    const [id, ...parts] = sequence(extension);
    const value = parts.pop();
    const [critical, ...rest] = parts;
    if (!isUniversal(value, asn1.Type.OCTETSTRING) || rest.length > 0) {
      throw new Error('an extension is malformed');
    }
    const oid = readOid(id);
    if (found.has(oid)) throw new Error(`the extension ${oid} is there twice`);
    const isCritical = critical !== undefined && critical.value !== '\0';
    found.set(oid, { isCritical, value: value.value as string });
  }
  return found;
}

/** The node inside of an explicit tag. @throws {Error} if there is not exactly one */
export function unwrap(node: Asn1): Asn1 {
  const [inner, ...rest] = sequence(node);
  if (!inner || rest.length > 0) throw new Error('one value is expected in a tag');
  return inner;
}

export interface SignatureAlgorithm {
  hash: 'sha256' | 'sha384' | 'sha512';
  keyType: 'rsa' | 'ec';
}

/**
 * With what certificates and revocation lists may be signed (RFC 4055, section 5, and RFC 5758, section 3.2). Not
 * with MD5 and SHA-1, for which two certificates of one signature can be made.
 */
export const SIGNATURE_ALGORITHMS: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  ['1.2.840.113549.1.1.11', { hash: 'sha256', keyType: 'rsa' }],
  ['1.2.840.113549.1.1.12', { hash: 'sha384', keyType: 'rsa' }],
  ['1.2.840.113549.1.1.13', { hash: 'sha512', keyType: 'rsa' }],
  ['1.2.840.10045.4.3.2', { hash: 'sha256', keyType: 'ec' }],
  ['1.2.840.10045.4.3.3', { hash: 'sha384', keyType: 'ec' }],
  ['1.2.840.10045.4.3.4', { hash: 'sha512', keyType: 'ec' }],
]);
