import { NS } from '../soap/namespaces.js';
import { digest, EXCLUSIVE_C14N, SHA256, signatureMethodFor, signCanonical } from './algorithms.js';
import type { Identity } from './identity.js';
import { MAX_AGE_MS } from './timestamp.js';

const X509_PROFILE =
  'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0';
const MESSAGE_SECURITY =
  'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0';

/**
 * A SOAP 1.1 envelope around `content`, with Body and Timestamp signed.
 *
 * Body, Timestamp and SignedInfo are written in their exclusive canonical form, so that what is hashed is what
 * is sent and no canonicalization is needed.
 *
 * @param content canonical XML of the Body's one child
 */
export function signedEnvelope(content: string, identity: Identity, now: Date): string {
  const expires = new Date(now.getTime() + MAX_AGE_MS);
  const body = `<soap:Body xmlns:soap="${NS.soap}" xmlns:wsu="${NS.wsu}" wsu:Id="Body">${content}</soap:Body>`;
  const timestamp =
    `<wsu:Timestamp xmlns:wsu="${NS.wsu}" wsu:Id="Timestamp">` +
    `<wsu:Created>${now.toISOString()}</wsu:Created>` +
    `<wsu:Expires>${expires.toISOString()}</wsu:Expires></wsu:Timestamp>`;
  const signedInfo = signedInfoOf(identity, { Body: body, Timestamp: timestamp });
  const signature = signCanonical(signedInfo, identity.privateKey).toString('base64');
  const token = identity.certificate.x509.raw.toString('base64');
  // wsse is declared up here for the QName in a faultcode, which exclusive canonicalization does not see.
  return (
    `<?xml version="1.0" encoding="UTF-8"?>` +
    `<soap:Envelope xmlns:soap="${NS.soap}" xmlns:wsse="${NS.wsse}" xmlns:wsu="${NS.wsu}"><soap:Header>` +
    `<wsse:Security>` +
    `<wsse:BinarySecurityToken EncodingType="${MESSAGE_SECURITY}#Base64Binary" ` +
    `ValueType="${X509_PROFILE}#X509v3" wsu:Id="Token">${token}</wsse:BinarySecurityToken>` +
    timestamp +
    `<ds:Signature xmlns:ds="${NS.ds}">${signedInfo}` +
    `<ds:SignatureValue>${signature}</ds:SignatureValue>` +
    `<ds:KeyInfo><wsse:SecurityTokenReference>` +
    `<wsse:Reference URI="#Token" ValueType="${X509_PROFILE}#X509v3"></wsse:Reference>` +
    `</wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature></wsse:Security></soap:Header>` +
    `${body}</soap:Envelope>`
  );
}

function signedInfoOf(identity: Identity, parts: Record<string, string>): string {
  const references = Object.entries(parts).map(
    ([id, canonicalForm]) =>
      `<ds:Reference URI="#${id}"><ds:Transforms>` +
      `<ds:Transform Algorithm="${EXCLUSIVE_C14N}"></ds:Transform></ds:Transforms>` +
      `<ds:DigestMethod Algorithm="${SHA256}"></ds:DigestMethod>` +
      `<ds:DigestValue>${digest(SHA256, canonicalForm).toString('base64')}</ds:DigestValue>` +
      `</ds:Reference>`,
  );
  return (
    `<ds:SignedInfo xmlns:ds="${NS.ds}">` +
    `<ds:CanonicalizationMethod Algorithm="${EXCLUSIVE_C14N}"></ds:CanonicalizationMethod>` +
    `<ds:SignatureMethod Algorithm="${signatureMethodFor(identity.privateKey)}"></ds:SignatureMethod>` +
    `${references.join('')}</ds:SignedInfo>`
  );
}
