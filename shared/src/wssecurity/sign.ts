import { newId } from '../ids.js';
import { NS } from '../soap/namespaces.js';
import type { Identity } from '../trust/identity.js';
import { digest, EXCLUSIVE_C14N, SHA256, signatureMethodFor, signCanonical } from './algorithms.js';
import { MAX_AGE_MS } from './timestamp.js';

const X509_PROFILE =
  'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0';
const MESSAGE_SECURITY =
  'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0';

/** That a message answers a certain request (WS-Security 1.1, section 8.5). */
export interface Confirmation {
  /** The request's SignatureValue in base64; undefined if it had none that could be read. */
  signatureValue: string | undefined;
}

/**
 * A SOAP 1.1 envelope around `content`, with Body and Timestamp signed, and in an answer the confirmation of the
 * request's signature.
 *
 * Whatever is signed is written in its exclusive canonical form, so that what is hashed is what is sent and no
 * canonicalization is needed.
 *
 * @param content canonical XML of the Body's one child
 * @param confirms in an answer: the request that it answers
 */
export function signedEnvelope(
  content: string,
  identity: Identity,
  now: Date,
  confirms?: Confirmation,
): string {
  return write(content, identity, now, { timestampId: 'Timestamp', confirms }).text;
}

export interface SignedText {
  text: string;
  /** In base64: what an answer has to confirm. */
  signatureValue: string;
}

/**
 * A request, signed as by {@link signedEnvelope}, and like no other: two that say the same within a millisecond would
 * else be one message, of which the second is a replay.
 *
 * @param requestId of the request of another that this one is part of: a signed header says so
 */
export function signRequest(
  content: string,
  identity: Identity,
  now: Date,
  requestId?: string,
): SignedText {
  return write(content, identity, now, { timestampId: newId('msg'), requestId });
}

interface Extras {
  timestampId: string;
  confirms?: Confirmation | undefined;
  requestId?: string | undefined;
}

function write(
  content: string,
  identity: Identity,
  now: Date,
  { timestampId, confirms, requestId }: Extras,
): SignedText {
  const frame = frameOf(identity);
  const body = `${BODY_START}${content}</soap:Body>`;
  const timestamp = timestampOf(now, timestampId);
  const confirmation = confirms ? confirmationOf(confirms) : '';
  const header = requestId === undefined ? '' : headerOf(requestId);
  const references =
    reference('Body', body) +
    reference(timestampId, timestamp) +
    (confirms ? reference('Confirmation', confirmation) : '') +
    (header && reference('RequestId', header));
  const signedInfo = `${frame.signedInfoStart}${references}</ds:SignedInfo>`;
  const signatureValue = signCanonical(signedInfo, identity.privateKey).toString('base64');
  const signature = `${SIGNATURE_START}${signedInfo}<ds:SignatureValue>${signatureValue}${AFTER_SIGNATURE_VALUE}`;
  const security = `${timestamp}${confirmation}${signature}</wsse:Security>`;
  const text = `${frame.start}${security}${header}</soap:Header>${body}</soap:Envelope>`;
  return { text, signatureValue };
}

/** What all messages of one sender have in common. */
interface Frame {
  /** Up to the token. */
  start: string;
  signedInfoStart: string;
}

const frames = new WeakMap<Identity, Frame>();

function frameOf(identity: Identity): Frame {
  const known = frames.get(identity);
  if (known) return known;
  const token = identity.certificate.x509.raw.toString('base64');
  const frame = {
    start: `${ENVELOPE_START}${token}</wsse:BinarySecurityToken>`,
    signedInfoStart:
      `<ds:SignedInfo xmlns:ds="${NS.ds}">` +
      `<ds:CanonicalizationMethod Algorithm="${EXCLUSIVE_C14N}"></ds:CanonicalizationMethod>` +
      `<ds:SignatureMethod Algorithm="${signatureMethodFor(identity.privateKey)}"></ds:SignatureMethod>`,
  };
  frames.set(identity, frame);
  return frame;
}

// wsse is declared up here for the QName in a faultcode, which exclusive canonicalization does not see.
const ENVELOPE_START =
  `<?xml version="1.0" encoding="UTF-8"?>` +
  `<soap:Envelope xmlns:soap="${NS.soap}" xmlns:wsse="${NS.wsse}" xmlns:wsu="${NS.wsu}"><soap:Header>` +
  `<wsse:Security>` +
  `<wsse:BinarySecurityToken EncodingType="${MESSAGE_SECURITY}#Base64Binary" ` +
  `ValueType="${X509_PROFILE}#X509v3" wsu:Id="Token">`;

const SIGNATURE_START = `<ds:Signature xmlns:ds="${NS.ds}">`;

const AFTER_SIGNATURE_VALUE =
  `</ds:SignatureValue><ds:KeyInfo><wsse:SecurityTokenReference>` +
  `<wsse:Reference URI="#Token" ValueType="${X509_PROFILE}#X509v3"></wsse:Reference>` +
  `</wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature>`;

const BODY_START = `<soap:Body xmlns:soap="${NS.soap}" xmlns:wsu="${NS.wsu}" wsu:Id="Body">`;

function timestampOf(now: Date, id: string): string {
  const expires = new Date(now.getTime() + MAX_AGE_MS);
  return (
    `<wsu:Timestamp xmlns:wsu="${NS.wsu}" wsu:Id="${id}">` +
    `<wsu:Created>${now.toISOString()}</wsu:Created>` +
    `<wsu:Expires>${expires.toISOString()}</wsu:Expires></wsu:Timestamp>`
  );
}

function confirmationOf({ signatureValue }: Confirmation): string {
  const value = signatureValue === undefined ? '' : ` Value="${signatureValue}"`;
  // Canonical: the attribute without a namespace comes first.
  return `<wsse11:SignatureConfirmation xmlns:wsse11="${NS.wsse11}" xmlns:wsu="${NS.wsu}"${value} wsu:Id="Confirmation"></wsse11:SignatureConfirmation>`;
}

function headerOf(requestId: string): string {
  return `<vbs:RequestId xmlns:vbs="${NS.vbs}" xmlns:wsu="${NS.wsu}" wsu:Id="RequestId">${requestId}</vbs:RequestId>`;
}

function reference(id: string, canonicalForm: string): string {
  return (
    `<ds:Reference URI="#${id}">${REFERENCE_METHODS}` +
    `<ds:DigestValue>${digest(SHA256, canonicalForm)}</ds:DigestValue>` +
    `</ds:Reference>`
  );
}

const REFERENCE_METHODS =
  `<ds:Transforms><ds:Transform Algorithm="${EXCLUSIVE_C14N}"></ds:Transform></ds:Transforms>` +
  `<ds:DigestMethod Algorithm="${SHA256}"></ds:DigestMethod>`;
