import { hash } from 'node:crypto';
import { isId } from '../ids.js';
import { NS } from '../soap/namespaces.js';
import type { Certificate } from '../trust/certificate.js';
import type { TrustStore } from '../trust/trustStore.js';
import { attributeOf, isNamed, textOf, type XmlElement } from '../xml/node.js';
import { type AlgorithmSuite, digest, isSignedBy, MODERN } from './algorithms.js';
import { canonicalize } from './canonical.js';
import { invalid, SecurityFailure } from './failure.js';
import { base64Of, readSignature, type SignatureShape, type SignedReference } from './signature.js';
import { findParts, idOf, type MessageParts, withoutWhiteSpace } from './structure.js';
import { checkTimestamp, type Freshness } from './timestamp.js';

const X509V3 =
  'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3';

const MAX_CERTIFICATE_BYTES = 16 * 1024;

/** What a verified message proves. */
export interface VerifiedMessage {
  /** The canonical Body: the very characters that the signature covers. Nothing else is to be executed. */
  body: string;
  signer: Certificate;
  freshness: Freshness;
  /** The same for the same signed message, however it is wrapped. */
  replayKey: string;
  /** In an answer: the SignatureValue, without white space, of the request that it answers. */
  confirms: string | undefined;
  /** The request that this one is part of, if a signed header says so. */
  requestId: string | undefined;
}

/**
 * Verifies the WS-Security of a parsed message: shape, token, trust, signature, digests, Timestamp, in the order
 * that lets a stranger cost us least. Body and Timestamp must be signed; the token and headers may be.
 *
 * @param suite the algorithms that are allowed
 * @throws {SecurityFailure}
 */
export function verifyMessage(
  envelope: XmlElement,
  trust: TrustStore,
  now: Date,
  suite: AlgorithmSuite = MODERN,
): VerifiedMessage {
  const parts = findParts(envelope);
  const signature = readSignature(parts.signature);
  const covered = coveredParts(parts, signature.references);
  const signer = trust.accept(readToken(parts, signature), now);
  const signedInfo = canonicalize(signature.signedInfo, signature.inclusivePrefixes);
  const { signatureMethod, signatureValue } = signature;
  if (!isSignedBy(signatureMethod, signedInfo, signatureValue, signer.publicKey, suite)) {
    throw failedCheck('the signature value is wrong');
  }
  let body = '';
  for (const [element, reference] of covered) {
    const form = canonicalize(element, reference.inclusivePrefixes);
    if (digest(reference.digestMethod, form, suite) !== reference.digest) {
      throw failedCheck(`the digest of ${element.localName} is wrong`);
    }
    if (element === parts.body) body = form;
  }
  return {
    body,
    signer,
    freshness: checkTimestamp(parts.timestamp, now),
    replayKey: hash('sha256', `${signer.subject}\0${signedInfo}`),
    confirms: confirmedValue(parts),
    requestId: requestIdIn(parts.headers.filter((header) => covered.has(header))),
  };
}

/** Which element each Reference covers: *the* Body and *the* Timestamp, compared as nodes, must be among them. */
function coveredParts(
  parts: MessageParts,
  references: readonly SignedReference[],
): Map<XmlElement, SignedReference> {
  const covered = new Map<XmlElement, SignedReference>();
  const { body, timestamp, token, confirmation, headers } = parts;
  const allowed = [body, timestamp, token, confirmation, ...headers];
  for (const reference of references) {
    const element = parts.byId.get(reference.id);
    if (!element || idOf(element) !== reference.id || !allowed.includes(element)) {
      throw failedCheck('a Reference points to nothing that can be signed');
    }
    if (covered.has(element)) throw invalid('two References point to one element');
    covered.set(element, reference);
  }
  if (!covered.has(body)) throw failedCheck('the Body is not signed');
  if (!covered.has(timestamp)) throw failedCheck('the Timestamp is not signed');
  if (confirmation && !covered.has(confirmation)) {
    throw failedCheck('the SignatureConfirmation is not signed');
  }
  return covered;
}

/** What is no request id is nothing to us, as any other header. */
function requestIdIn(signedHeaders: readonly XmlElement[]): string | undefined {
  const header = signedHeaders.find((each) => isNamed(each, NS.vbs, 'RequestId'));
  const text = header && textOf(header);
  return text !== undefined && isId('req', text) ? text : undefined;
}

function confirmedValue({ confirmation }: MessageParts): string | undefined {
  const value = confirmation && attributeOf(confirmation, '', 'Value');
  return value === undefined ? undefined : withoutWhiteSpace(value);
}

function readToken(parts: MessageParts, signature: SignatureShape): Buffer {
  const { token } = parts;
  if (idOf(token) !== signature.tokenId) throw invalid('KeyInfo points to another token');
  if (attributeOf(token, '', 'ValueType') !== X509V3) {
    throw new SecurityFailure('wsse:UnsupportedSecurityToken', 'the token is not an X509v3');
  }
  const encoding = attributeOf(token, '', 'EncodingType') ?? '';
  if (encoding !== '' && !encoding.endsWith('#Base64Binary')) {
    throw new SecurityFailure('wsse:UnsupportedSecurityToken', 'the token is not Base64Binary');
  }
  const der = base64Of(token);
  if (der.length > MAX_CERTIFICATE_BYTES) throw invalid('the token is too long');
  return der;
}

function failedCheck(reason: string): SecurityFailure {
  return new SecurityFailure('wsse:FailedCheck', reason);
}
