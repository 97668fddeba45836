import { createHash } from 'node:crypto';
import type { Identity } from '@vbs-lustre/shared/trust/identity';
import { canonicalize } from '@vbs-lustre/shared/wssecurity/canonical';
import { attributeOf, type XmlElement } from '@vbs-lustre/shared/xml/node';
import { parseXml } from '@vbs-lustre/shared/xml/parse';
import { EXCLUSIVE, signatureBy, X509_TOKEN } from '../../../shared/src/testing/message.js';
import { NS } from '../cases/messages.js';

/** How a client writes its messages. */
export interface Style {
  name: string;
  soap: string;
  /** The prefix of XML Signature; the default namespace if it is empty. */
  ds: string;
  /** On Body and Timestamp. */
  id: 'wsu:Id' | 'Id';
  order: readonly ('token' | 'timestamp' | 'signature')[];
  /** PrefixList of SignedInfo and of the References; no InclusiveNamespaces at all where it is absent. */
  prefixes?: string;
  transforms: readonly string[];
  signsToken: boolean;
  lineBreaks: boolean;
  header: string;
}

const OURS: Style = {
  name: 'ours',
  soap: 'soap',
  ds: 'ds',
  id: 'wsu:Id',
  order: ['token', 'timestamp', 'signature'],
  transforms: [EXCLUSIVE],
  signsToken: false,
  lineBreaks: false,
  header: '',
};

/** The habits of clients, measured on their messages. */
export const STYLES: readonly Style[] = [
  OURS,
  {
    ...OURS,
    name: 'zeep',
    soap: 'soap-env',
    ds: '',
    order: ['timestamp', 'signature', 'token'],
    lineBreaks: true,
  },
  { ...OURS, name: 'WSS4J', soap: 'SOAP-ENV', prefixes: 'SOAP-ENV' },
  {
    ...OURS,
    name: 'gSOAP',
    soap: 'SOAP-ENV',
    order: ['timestamp', 'token', 'signature'],
    signsToken: true,
  },
  {
    ...OURS,
    name: 'node-soap',
    id: 'Id',
    transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', EXCLUSIVE],
  },
  {
    ...OURS,
    name: 'a client with a signed header',
    prefixes: 'wsu',
    header: `<h:Action xmlns:h="urn:h" wsu:Id="Header">urn:a</h:Action>`,
  },
];

/** A signed message that somebody really sent. */
export interface Original {
  name: string;
  text: string;
  signer: string;
  /** The canonical Body that the signer signed. */
  body: string;
}

/** Writes and signs a message in the style of a client. */
export function signInStyle(
  style: Style,
  identity: Identity,
  content: string,
  now: Date,
): Original {
  const unsigned = template(style, identity, content, now);
  const digested = unsigned.replace(/DIGEST\((\w+)\)/g, (_, id: string) =>
    createHash('sha256')
      .update(formOf(unsigned, style, byId(id)))
      .digest('base64'),
  );
  const signedInfo = formOf(digested, style, named('SignedInfo'));
  const value = signatureBy(identity.privateKey)(signedInfo).toString('base64');
  return {
    name: style.name,
    text: digested.replace('VALUE', style.lineBreaks ? broken(value) : value),
    signer: identity.certificate.subject,
    body: formOf(digested, style, byId('Body')),
  };
}

function template(style: Style, identity: Identity, content: string, now: Date): string {
  const { soap, id, header, order } = style;
  const expires = new Date(now.getTime() + 300_000).toISOString();
  const base64 = identity.certificate.x509.raw.toString('base64');
  const token = style.lineBreaks ? broken(base64) : base64;
  const parts = {
    token: `<wsse:BinarySecurityToken ValueType="${X509_TOKEN}" wsu:Id="Token">${token}</wsse:BinarySecurityToken>`,
    timestamp: `<wsu:Timestamp ${id}="Time"><wsu:Created>${now.toISOString()}</wsu:Created><wsu:Expires>${expires}</wsu:Expires></wsu:Timestamp>`,
    signature: signatureOf(style, identity),
  };
  return (
    `<${soap}:Envelope xmlns:${soap}="${NS.soap}" xmlns:wsse="${NS.wsse}" xmlns:wsu="${NS.wsu}"><${soap}:Header>${header}` +
    `<wsse:Security>${order.map((part) => parts[part]).join('')}</wsse:Security></${soap}:Header>` +
    `<${soap}:Body ${id}="Body">${content}</${soap}:Body></${soap}:Envelope>`
  );
}

function signatureOf(style: Style, { privateKey }: Identity): string {
  const { ds, prefixes, signsToken, header } = style;
  const p = ds === '' ? '' : `${ds}:`;
  const kind = privateKey.asymmetricKeyType === 'ec' ? 'ecdsa' : 'rsa';
  const inclusive =
    prefixes === undefined
      ? ''
      : `<i:InclusiveNamespaces xmlns:i="${EXCLUSIVE}" PrefixList="${prefixes}"/>`;
  const last = style.transforms.at(-1);
  const transforms = style.transforms
    .map(
      (each) =>
        `<${p}Transform Algorithm="${each}">${each === last ? inclusive : ''}</${p}Transform>`,
    )
    .join('');
  const ids = ['Body', 'Time', ...(signsToken ? ['Token'] : []), ...(header ? ['Header'] : [])];
  const references = ids.map(
    (id) =>
      `<${p}Reference URI="#${id}"><${p}Transforms>${transforms}</${p}Transforms>` +
      `<${p}DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>` +
      `<${p}DigestValue>DIGEST(${id})</${p}DigestValue></${p}Reference>`,
  );
  return (
    `<${p}Signature xmlns${ds && `:${ds}`}="${NS.ds}"><${p}SignedInfo>` +
    `<${p}CanonicalizationMethod Algorithm="${EXCLUSIVE}">${inclusive}</${p}CanonicalizationMethod>` +
    `<${p}SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#${kind}-sha256"/>` +
    `${references.join('')}</${p}SignedInfo><${p}SignatureValue>VALUE</${p}SignatureValue><${p}KeyInfo>` +
    `<wsse:SecurityTokenReference><wsse:Reference URI="#Token" ValueType="${X509_TOKEN}"/></wsse:SecurityTokenReference>` +
    `</${p}KeyInfo></${p}Signature>`
  );
}

function formOf(text: string, { prefixes }: Style, isIt: (element: XmlElement) => boolean): string {
  const find = (element: XmlElement): XmlElement | undefined =>
    isIt(element) ? element : element.children.map(find).find(Boolean);
  const element = find(parseXml(text));
  if (!element) throw new Error('a part of the message is missing');
  return canonicalize(element, prefixes?.split(' ') ?? []);
}

const byId = (id: string) => (element: XmlElement) =>
  (attributeOf(element, NS.wsu, 'Id') ?? attributeOf(element, '', 'Id')) === id;
const named = (name: string) => (element: XmlElement) => element.localName === name;

function broken(base64: string): string {
  return `\n${base64.replace(/.{64}/g, '$&\n')}\n`;
}
