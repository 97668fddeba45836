import { NS } from '../soap/namespaces.js';
import { attributeOf, isNamed, textOf, type XmlElement } from '../xml/node.js';
import { ENVELOPED_SIGNATURE, EXCLUSIVE_C14N } from './algorithms.js';
import { invalid, unsupported } from './failure.js';
import { bytesOf, withoutWhiteSpace } from './structure.js';

export interface SignedReference {
  /** The Id that it points to. */
  id: string;
  inclusivePrefixes: readonly string[];
  digestMethod: string;
  /** In base64, of the one spelling that has no spare bits. */
  digest: string;
}

export interface SignatureShape {
  signedInfo: XmlElement;
  inclusivePrefixes: readonly string[];
  signatureMethod: string;
  signatureValue: Buffer;
  references: readonly SignedReference[];
  /** The Id of the token that KeyInfo points to. */
  tokenId: string;
}

/** More references than a SOAP message has parts that we know are there to cost us time. */
const MAX_REFERENCES = 8;
/** Likewise for the names in a PrefixList. */
const MAX_PREFIXES = 64;

/**
 * Reads an XML Signature of the one shape that is accepted: references to Ids in the message, exclusive
 * canonicalization, a SecurityTokenReference to a token in the message.
 * @throws {SecurityFailure}
 */
export function readSignature(signature: XmlElement): SignatureShape {
  const [signedInfo, value, keyInfo] = sequence(signature, NS.ds, PARTS);
  const count = signedInfo.children.length - METHODS.length;
  if (count > MAX_REFERENCES) throw invalid('there are too many References');
  const names = [...METHODS, ...Array<string>(Math.max(count, 0)).fill('Reference')] as const;
  const [canonicalization, method, ...references] = sequence(signedInfo, NS.ds, names);
  return {
    signedInfo,
    inclusivePrefixes: readExclusive(canonicalization),
    signatureMethod: algorithmOf(method),
    signatureValue: base64Of(value),
    references: references.map(readReference),
    tokenId: readKeyInfo(keyInfo),
  };
}

const PARTS = ['SignedInfo', 'SignatureValue', 'KeyInfo'] as const;
const METHODS = ['CanonicalizationMethod', 'SignatureMethod'] as const;
const REFERENCE = ['Transforms', 'DigestMethod', 'DigestValue'] as const;

/** The children, which must be exactly these. */
function sequence<const N extends readonly string[]>(
  parent: XmlElement,
  namespace: string,
  names: N,
): { [K in keyof N]: XmlElement } {
  const children = parent.children;
  const isAsExpected = names.every((name, index) => {
    const child = children[index];
    return child && isNamed(child, namespace, name);
  });
  if (!isAsExpected || children.length !== names.length) {
    throw invalid(`${parent.localName} does not hold exactly ${names.join(', ')}`);
  }
  return children as { [K in keyof N]: XmlElement };
}

function readReference(reference: XmlElement): SignedReference {
  const [transformList, method, value] = sequence(reference, NS.ds, REFERENCE);
  const transforms = transformList.children;
  const last = transforms.at(-1);
  const before = transforms.slice(0, -1).map(algorithmOf);
  // The enveloped-signature transform removes nothing here: no part that we take holds the Signature.
  if (!last || before.length > 1 || before.some((each) => each !== ENVELOPED_SIGNATURE)) {
    throw unsupported('a Reference has other transforms than exclusive canonicalization');
  }
  return {
    id: fragmentOf(attributeOf(reference, '', 'URI')),
    inclusivePrefixes: readExclusive(last),
    digestMethod: algorithmOf(method),
    digest: base64Of(value).toString('base64'),
  };
}

function readExclusive(method: XmlElement): readonly string[] {
  if (attributeOf(method, '', 'Algorithm') !== EXCLUSIVE_C14N) {
    throw unsupported(`${method.localName} is not exclusive canonicalization`);
  }
  if (method.children.length === 0) return [];
  const [inclusive] = sequence(method, EXCLUSIVE_C14N, ['InclusiveNamespaces']);
  sequence(inclusive, '', []);
  const prefixes = (attributeOf(inclusive, '', 'PrefixList') ?? '').split(/\s+/).filter(Boolean);
  if (prefixes.length > MAX_PREFIXES) throw invalid('a PrefixList is too long');
  return prefixes;
}

/** KeyInfo must be a SecurityTokenReference with a direct Reference (WSS X.509 profile 1.1, 3.3.1). */
function readKeyInfo(keyInfo: XmlElement): string {
  const [tokenReference] = sequence(keyInfo, NS.wsse, ['SecurityTokenReference']);
  const [reference] = sequence(tokenReference, NS.wsse, ['Reference']);
  return fragmentOf(attributeOf(reference, '', 'URI'));
}

function fragmentOf(uri: string | undefined): string {
  if (!uri || !/^#[\w.-]+$/.test(uri)) throw invalid('a reference does not point to an Id');
  return uri.slice(1);
}

/** The algorithm of a method that takes no parameters. */
function algorithmOf(element: XmlElement): string {
  if (element.children.length > 0) throw unsupported(`parameters of ${element.localName}`);
  return attributeOf(element, '', 'Algorithm') ?? '';
}

/** The bytes of an element that holds base64 and nothing else; line breaks are allowed. */
export function base64Of(element: XmlElement): Buffer {
  const bytes = bytesOf(withoutWhiteSpace(textOf(element)));
  if (!bytes || element.children.length > 0) throw invalid(`${element.localName} is not base64`);
  return bytes;
}
