import { NS } from '../soap/namespaces.js';
import { attributeOf, childElements, childrenNamed, textOf, type XmlElement } from '../xml/node.js';
import { ENVELOPED_SIGNATURE, EXCLUSIVE_C14N } from './algorithms.js';
import { invalid, unsupported } from './failure.js';
import { onlyChild } from './structure.js';

export interface SignedReference {
  /** The Id that it points to. */
  id: string;
  inclusivePrefixes: readonly string[];
  digestMethod: string;
  digest: Buffer;
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

/**
 * Reads an XML Signature of the one shape that is accepted: references to Ids in the message, exclusive
 * canonicalization, a SecurityTokenReference to a token in the message.
 * @throws {SecurityFailure}
 */
export function readSignature(signature: XmlElement): SignatureShape {
  const names = childElements(signature).map((each) => each.localName);
  if (names.join() !== 'SignedInfo,SignatureValue,KeyInfo') {
    throw invalid(`Signature holds ${names.join()}`);
  }
  const signedInfo = onlyChild(signature, NS.ds, 'SignedInfo');
  const canonicalization = onlyChild(signedInfo, NS.ds, 'CanonicalizationMethod');
  const references = childrenNamed(signedInfo, NS.ds, 'Reference');
  if (references.length > MAX_REFERENCES) throw invalid('there are too many References');
  if (childElements(signedInfo).length !== references.length + 2) {
    throw invalid('SignedInfo holds something unexpected');
  }
  return {
    signedInfo,
    inclusivePrefixes: readExclusive(canonicalization),
    signatureMethod: algorithmOf(onlyChild(signedInfo, NS.ds, 'SignatureMethod')),
    signatureValue: base64Of(onlyChild(signature, NS.ds, 'SignatureValue')),
    references: references.map(readReference),
    tokenId: readKeyInfo(onlyChild(signature, NS.ds, 'KeyInfo')),
  };
}

function readReference(reference: XmlElement): SignedReference {
  const transforms = childElements(onlyChild(reference, NS.ds, 'Transforms'));
  const last = transforms.at(-1);
  const before = transforms.slice(0, -1).map(algorithmOf);
  // The enveloped-signature transform removes nothing here: no part that we take holds the Signature.
  if (!last || before.length > 1 || before.some((each) => each !== ENVELOPED_SIGNATURE)) {
    throw unsupported('a Reference has other transforms than exclusive canonicalization');
  }
  return {
    id: fragmentOf(attributeOf(reference, '', 'URI')),
    inclusivePrefixes: readExclusive(last),
    digestMethod: algorithmOf(onlyChild(reference, NS.ds, 'DigestMethod')),
    digest: base64Of(onlyChild(reference, NS.ds, 'DigestValue')),
  };
}

function readExclusive(method: XmlElement): readonly string[] {
  if (algorithmOf(method) !== EXCLUSIVE_C14N) {
    throw unsupported(`${method.localName} is not exclusive canonicalization`);
  }
  const [inclusive, ...rest] = childElements(method);
  if (!inclusive) return [];
  if (rest.length > 0 || inclusive.localName !== 'InclusiveNamespaces') {
    throw unsupported(`${method.localName} has unknown parameters`);
  }
  const prefixes = (attributeOf(inclusive, '', 'PrefixList') ?? '').split(/\s+/).filter(Boolean);
  if (prefixes.includes('#default')) throw unsupported('an inclusive default namespace');
  return prefixes;
}

/** KeyInfo must be a SecurityTokenReference with a direct Reference (WSS X.509 profile 1.1, 3.3.1). */
function readKeyInfo(keyInfo: XmlElement): string {
  if (childElements(keyInfo).length !== 1) throw invalid('KeyInfo holds more than one thing');
  const tokenReference = onlyChild(keyInfo, NS.wsse, 'SecurityTokenReference');
  if (childElements(tokenReference).length !== 1) {
    throw invalid('SecurityTokenReference holds more than one thing');
  }
  return fragmentOf(attributeOf(onlyChild(tokenReference, NS.wsse, 'Reference'), '', 'URI'));
}

function fragmentOf(uri: string | undefined): string {
  if (!uri || !/^#[\w.-]+$/.test(uri)) throw invalid('a reference does not point to an Id');
  return uri.slice(1);
}

function algorithmOf(element: XmlElement): string {
  return attributeOf(element, '', 'Algorithm') ?? '';
}

/** The bytes of an element that holds base64 and nothing else; line breaks are allowed. */
export function base64Of(element: XmlElement): Buffer {
  const text = textOf(element).replace(/[\t\n\r ]/g, '');
  if (childElements(element).length > 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) {
    throw invalid(`${element.localName} is not base64`);
  }
  return Buffer.from(text, 'base64');
}
