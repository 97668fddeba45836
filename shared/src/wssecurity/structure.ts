import { NS } from '../soap/namespaces.js';
import {
  attributeOf,
  childNamed,
  childrenNamed,
  isNamed,
  textOf,
  type XmlElement,
} from '../xml/node.js';
import { invalid, SecurityFailure } from './failure.js';

/** The parts of a signed SOAP 1.1 message, each found by its place and never by a search. */
export interface MessageParts {
  envelope: XmlElement;
  /** The header blocks beside Security. */
  headers: readonly XmlElement[];
  body: XmlElement;
  token: XmlElement;
  timestamp: XmlElement;
  signature: XmlElement;
  /** In answers (WS-Security 1.1, section 8.5). */
  confirmation: XmlElement | undefined;
  /** Every element that carries an Id, by that Id. */
  byId: ReadonlyMap<string, XmlElement>;
}

/**
 * Finds the parts, and refuses any other shape: exactly one Envelope, Header, Body, Security header,
 * BinarySecurityToken, Timestamp and Signature, and no Id twice.
 * @throws {SecurityFailure}
 */
export function findParts(envelope: XmlElement): MessageParts {
  const [header, body, ...rest] = envelope.children;
  if (!isNamed(envelope, NS.soap, 'Envelope')) throw invalid('the root is no SOAP 1.1 Envelope');
  if (!header || !isNamed(header, NS.soap, 'Header')) throw invalid('there is no Header');
  if (!body || !isNamed(body, NS.soap, 'Body')) throw invalid('there is no Body after the Header');
  if (rest.length > 0) throw invalid('the Envelope has more than Header and Body');
  const security = onlyChild(header, NS.wsse, 'Security');
  const headers = header.children.filter((each) => each !== security);
  refuseObligations(headers);
  const token = onlyChild(security, NS.wsse, 'BinarySecurityToken');
  const timestamp = onlyChild(security, NS.wsu, 'Timestamp');
  const signature = onlyChild(security, NS.ds, 'Signature');
  const [confirmation, ...more] = childrenNamed(security, NS.wsse11, 'SignatureConfirmation');
  if (security.children.length !== (confirmation ? 4 : 3) || more.length > 0) {
    throw invalid('Security holds something unexpected');
  }
  const byId = indexIds(envelope);
  return { envelope, headers, body, token, timestamp, signature, confirmation, byId };
}

/**
 * The SignatureValue of a message, whether it is right or not, for the answer to confirm; undefined if there is none
 * in its place.
 */
export function signatureValueOf(envelope: XmlElement): string | undefined {
  let place: XmlElement | undefined = envelope;
  for (const [namespace, name] of PATH_TO_SIGNATURE_VALUE) {
    place = place && childNamed(place, namespace, name);
  }
  const value = place && withoutWhiteSpace(textOf(place));
  return value && value.length <= MAX_SIGNATURE_LENGTH && bytesOf(value) ? value : undefined;
}

const PATH_TO_SIGNATURE_VALUE = [
  [NS.soap, 'Header'],
  [NS.wsse, 'Security'],
  [NS.ds, 'Signature'],
  [NS.ds, 'SignatureValue'],
] as const;

/** RSA of 16,384 bits. */
const MAX_SIGNATURE_LENGTH = 2732;

/** Base64 may be broken into lines. */
export function withoutWhiteSpace(text: string): string {
  return text.replace(/[\t\n\r ]+/g, '');
}

/** What a base64 text without white space stands for; undefined if it is no such text. */
export function bytesOf(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  // What comes back as it was is base64: to ask a regular expression takes ten times as long.
  const isBase64 = text !== '' && (bytes.toString('base64') === text || BASE64.test(text));
  return isBase64 ? bytes : undefined;
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The one child of this name. */
export function onlyChild(parent: XmlElement, namespace: string, localName: string): XmlElement {
  const [first, second] = childrenNamed(parent, namespace, localName);
  if (!first) throw invalid(`there is no ${localName}`);
  if (second) throw invalid(`there is more than one ${localName}`);
  return first;
}

/** SOAP 1.1, 4.2.3: a header for us that must be understood and is not makes the message fail. */
function refuseObligations(headers: readonly XmlElement[]): void {
  for (const header of headers) {
    const must = ['1', 'true'].includes(attributeOf(header, NS.soap, 'mustUnderstand') ?? '');
    if (must && OUR_ROLES.includes(attributeOf(header, NS.soap, 'actor') ?? '')) {
      throw new SecurityFailure(
        'soap:MustUnderstand',
        `the header ${header.localName} must be understood and is not`,
      );
    }
  }
}

/** Who a header is for (SOAP 1.1, 4.2.2): the last to get the message, or the next. */
const OUR_ROLES = ['', 'http://schemas.xmlsoap.org/soap/actor/next'];

const ID_NAMES = ['Id', 'ID', 'id'];

function indexIds(root: XmlElement): ReadonlyMap<string, XmlElement> {
  const byId = new Map<string, XmlElement>();
  addIds(root, byId);
  return byId;
}

function addIds(element: XmlElement, byId: Map<string, XmlElement>): void {
  for (const { namespaceURI, localName, value } of element.attributes) {
    if (!ID_NAMES.includes(localName) || namespaceURI === NS.xmlns) continue;
    if ((byId.get(value) ?? element) !== element) throw invalid('an Id is there twice');
    byId.set(value, element);
  }
  for (const child of element.children) addIds(child, byId);
}

/** The Id of an element that may be signed: `wsu:Id`, or a plain `Id` as some signers write it. */
export function idOf(element: XmlElement): string | undefined {
  return attributeOf(element, NS.wsu, 'Id') ?? attributeOf(element, '', 'Id');
}
