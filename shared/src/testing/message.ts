import { createHash, type KeyObject, sign } from 'node:crypto';
import { NS } from '../soap/namespaces.js';
import type { Identity } from '../trust/identity.js';

export const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
export const X509_TOKEN =
  'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3';
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';

/** A Reference: `form` is the canonical form that its digest is made of. */
export interface TestReference {
  uri: string;
  form: string;
  transforms?: string;
  digestMethod?: string;
  hash?: string;
}

/**
 * Everything that a message is made of, so that a test can change one thing and have the rest, signature
 * included, still be right. Parts that are signed are in canonical form.
 */
export interface MessagePlan {
  body: string;
  timestamp: string;
  token: string;
  header: string;
  references: readonly TestReference[];
  canonicalization: string;
  signatureMethod: string;
  /** More elements in SignedInfo. */
  signedInfoMore: string;
  keyInfo: string;
  /** The order of the children of Security. */
  order: readonly ('token' | 'timestamp' | 'signature')[];
  /** Makes SignatureValue from the canonical SignedInfo. */
  signer: (signedInfo: string) => Buffer;
}

export const transform = (algorithm: string, content = ''): string =>
  `<ds:Transform Algorithm="${algorithm}">${content}</ds:Transform>`;

export const bodyOf = (content: string, id = 'wsu:Id="Body"'): string =>
  `<soap:Body xmlns:soap="${NS.soap}" xmlns:wsu="${NS.wsu}" ${id}>${content}</soap:Body>`;

export function timestampOf(created: string, expires: string): string {
  return (
    `<wsu:Timestamp xmlns:wsu="${NS.wsu}" wsu:Id="Timestamp"><wsu:Created>${created}</wsu:Created>` +
    `<wsu:Expires>${expires}</wsu:Expires></wsu:Timestamp>`
  );
}

export const tokenOf = (base64: string, id = 'Token', valueType = X509_TOKEN): string =>
  `<wsse:BinarySecurityToken xmlns:wsse="${NS.wsse}" xmlns:wsu="${NS.wsu}" ` +
  `ValueType="${valueType}" wsu:Id="${id}">${base64}</wsse:BinarySecurityToken>`;

export const keyInfoOf = (content: string): string => `<ds:KeyInfo>${content}</ds:KeyInfo>`;

export const tokenReference = (uri: string): string =>
  `<wsse:SecurityTokenReference xmlns:wsse="${NS.wsse}"><wsse:Reference URI="${uri}"/></wsse:SecurityTokenReference>`;

export const signatureBy =
  (key: KeyObject, hash = 'sha256') =>
  (signedInfo: string): Buffer =>
    sign(hash, Buffer.from(signedInfo), { key, dsaEncoding: 'ieee-p1363' });

/** The content of a Body of the tests. */
export const CONTENT = '<DeleteVolume xmlns="urn:test"><volumeId>vol-1</volumeId></DeleteVolume>';

/** What a right message is made of. */
export function planFor(identity: Identity, now = new Date()): MessagePlan {
  const body = bodyOf(CONTENT);
  const expires = new Date(now.getTime() + 300_000);
  const timestamp = timestampOf(now.toISOString(), expires.toISOString());
  return {
    body,
    timestamp,
    token: tokenOf(identity.certificate.x509.raw.toString('base64')),
    header: '',
    references: [
      { uri: '#Body', form: body },
      { uri: '#Timestamp', form: timestamp },
    ],
    canonicalization: `<ds:CanonicalizationMethod Algorithm="${EXCLUSIVE}"></ds:CanonicalizationMethod>`,
    signatureMethod: RSA_SHA256,
    signedInfoMore: '',
    keyInfo: keyInfoOf(tokenReference('#Token')),
    order: ['token', 'timestamp', 'signature'],
    signer: signatureBy(identity.privateKey),
  };
}

/** SignedInfo in canonical form. */
export function signedInfoOf(plan: MessagePlan): string {
  return (
    `<ds:SignedInfo xmlns:ds="${NS.ds}">${plan.canonicalization}` +
    `<ds:SignatureMethod Algorithm="${plan.signatureMethod}"></ds:SignatureMethod>` +
    `${plan.references.map(renderReference).join('')}${plan.signedInfoMore}</ds:SignedInfo>`
  );
}

/** The text of a message. */
export function render(plan: MessagePlan): string {
  const signedInfo = signedInfoOf(plan);
  const value = plan.signer(signedInfo).toString('base64');
  const signature =
    `<ds:Signature xmlns:ds="${NS.ds}">${signedInfo}` +
    `<ds:SignatureValue>${value}</ds:SignatureValue>${plan.keyInfo}</ds:Signature>`;
  const parts = { token: plan.token, timestamp: plan.timestamp, signature };
  return (
    `<soap:Envelope xmlns:soap="${NS.soap}"><soap:Header>${plan.header}` +
    `<wsse:Security xmlns:wsse="${NS.wsse}">${plan.order.map((name) => parts[name]).join('')}</wsse:Security>` +
    `</soap:Header>${plan.body}</soap:Envelope>`
  );
}

function renderReference(reference: TestReference): string {
  const { uri, form, transforms = transform(EXCLUSIVE), digestMethod = SHA256 } = reference;
  const digest = createHash(reference.hash ?? 'sha256')
    .update(form)
    .digest('base64');
  return (
    `<ds:Reference URI="${uri}"><ds:Transforms>${transforms}</ds:Transforms>` +
    `<ds:DigestMethod Algorithm="${digestMethod}"></ds:DigestMethod>` +
    `<ds:DigestValue>${digest}</ds:DigestValue></ds:Reference>`
  );
}

/** Replaces the one place where `part` stands; a test that changes nothing would prove nothing. */
export function edit(text: string, part: string | RegExp, replacement: string): string {
  const pieces = text.split(part);
  if (pieces.length !== 2) throw new Error(`${part} is there ${pieces.length - 1} times`);
  return pieces.join(replacement);
}
