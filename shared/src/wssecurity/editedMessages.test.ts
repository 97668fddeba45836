import { beforeAll, expect, it } from 'vitest';
import { NS } from '../soap/namespaces.js';
import { identityOf, issueUser, makeAuthority, makeCertificate } from '../testing/certificates.js';
import { labName } from '../testing/der.js';
import {
  bodyOf,
  CONTENT,
  EXCLUSIVE,
  edit,
  type MessagePlan,
  planFor,
  render,
  timestampOf,
} from '../testing/message.js';
import { trustOf } from '../testing/trust.js';
import type { Identity } from '../trust/identity.js';
import type { TrustStore } from '../trust/trustStore.js';
import { parseXml } from '../xml/parse.js';
import { verifyMessage } from './verify.js';

const authority = makeAuthority();
const alice = issueUser(authority, 'alice');
const bob = issueUser(authority, 'bob');
const stranger = identityOf(makeCertificate({ name: labName('alice') }));
let trust: TrustStore;

beforeAll(async () => {
  trust = await trustOf(authority.pem);
});

const verify = (text: string) => verifyMessage(parseXml(text), trust, new Date());

const EVIL = CONTENT.replace('vol-1', 'vol-2');
const evilBody = (id = 'wsu:Id="Evil"') => bodyOf(EVIL, id);
const base64Of = (identity: Identity) => identity.certificate.x509.raw.toString('base64');
const at = (offsetS: number) => new Date(Date.now() + offsetS * 1000).toISOString();

type Case = [name: string, reason: string, change: (text: string, plan: MessagePlan) => string];

/** Changes of the text after it was signed, by somebody on the way, and why the message is refused then. */
const EDITS: Case[] = [
  [
    'the signed Body under a new Header child',
    'a Reference points to nothing that can be signed',
    (text, { body }) =>
      edit(edit(text, body, evilBody()), '<soap:Header>', `<soap:Header><x>${body}</x>`),
  ],
  [
    'the signed Body inside Security',
    'Security holds something unexpected',
    (text, { body }) =>
      edit(edit(text, body, evilBody()), '<ds:Signature ', `<x>${body}</x><ds:Signature `),
  ],
  [
    'an evil Body of the same wsu:Id',
    'an Id is there twice',
    (text, { body }) =>
      edit(edit(text, body, evilBody('wsu:Id="Body"')), '<soap:Header>', `<soap:Header>${body}`),
  ],
  [
    'the signed Body in an Object of the Signature',
    'Signature does not hold exactly SignedInfo, SignatureValue, KeyInfo',
    (text, { body }) =>
      edit(
        edit(text, body, evilBody()),
        '</ds:Signature>',
        `<ds:Object>${body}</ds:Object></ds:Signature>`,
      ),
  ],
  [
    'the signed Body in InclusiveNamespaces',
    'InclusiveNamespaces does not hold exactly',
    (text, { body }) =>
      edit(
        edit(text, body, evilBody()),
        '</ds:CanonicalizationMethod>',
        `<i:InclusiveNamespaces xmlns:i="${EXCLUSIVE}" PrefixList="">${body}</i:InclusiveNamespaces></ds:CanonicalizationMethod>`,
      ),
  ],
  [
    'an evil Body with a plain Id of the same value',
    'an Id is there twice',
    (text, { body }) =>
      edit(edit(text, body, evilBody('Id="Body"')), '<soap:Header>', `<soap:Header>${body}`),
  ],
  [
    'an evil Body with a foreign Id of the same value',
    'an Id is there twice',
    (text, { body }) =>
      edit(
        edit(text, body, evilBody('e:Id="Body" xmlns:e="urn:e"')),
        '<soap:Header>',
        `<soap:Header>${body}`,
      ),
  ],
  [
    'an evil Body with an xml:id of the same value',
    'an Id is there twice',
    (text, { body }) =>
      edit(edit(text, body, evilBody('xml:id="Body"')), '<soap:Header>', `<soap:Header>${body}`),
  ],
  [
    'a fresh unsigned Timestamp, the signed one wrapped',
    'Security holds something unexpected',
    (text, { timestamp }) =>
      edit(
        text,
        timestamp,
        `<x>${timestamp}</x>${timestampOf(at(0), at(300)).replace('"Timestamp"', '"Fresh"')}`,
      ),
  ],
  [
    'a fresh unsigned Timestamp, the signed one in a header',
    'a Reference points to nothing that can be signed',
    (text, { timestamp }) =>
      edit(
        edit(text, timestamp, timestampOf(at(0), at(300)).replace('"Timestamp"', '"Fresh"')),
        '<soap:Header>',
        `<soap:Header><x>${timestamp}</x>`,
      ),
  ],
  [
    'the whole envelope in a new one',
    'there is no Security',
    (text) =>
      `<soap:Envelope xmlns:soap="${NS.soap}"><soap:Header>${text}</soap:Header>${evilBody()}</soap:Envelope>`,
  ],
  [
    'a second operation in the signed Body',
    'the digest of Body is wrong',
    (text) => edit(text, '</soap:Body>', `${EVIL}</soap:Body>`),
  ],
  [
    'changed text in the Body',
    'the digest of Body is wrong',
    (text) => edit(text, 'vol-1', 'vol-2'),
  ],
  ['a comment in signed text', 'it has a comment.', (text) => edit(text, 'vol-1', 'vol<!-- -->-1')],
  [
    'a processing instruction in signed text',
    'it has a processing instruction.',
    (text) => edit(text, 'vol-1', '<?p vol-?>1'),
  ],
  [
    'another default namespace in the Body',
    'the digest of Body is wrong',
    (text) => edit(text, 'urn:test', 'urn:evil'),
  ],
  [
    'another Timestamp',
    'the digest of Timestamp is wrong',
    (text) => edit(text, /(?<=<wsu:Expires>)[^<]+/, at(301)),
  ],
  [
    'the token of a stranger of the same name',
    'CN=alice,O=Lab: it is neither trusted nor issued by an authority here',
    (text) => edit(text, base64Of(alice), base64Of(stranger)),
  ],
  [
    'the token of another trusted user',
    'the signature value is wrong',
    (text) => edit(text, base64Of(alice), base64Of(bob)),
  ],
  [
    'a reference to another token',
    'KeyInfo points to another token',
    (text) => edit(text, 'URI="#Token"', 'URI="#Timestamp"'),
  ],
  [
    'a comment in DigestValue',
    'it has a comment.',
    (text) => text.replace('<ds:DigestValue>', '<ds:DigestValue><!-- evil -->'),
  ],
  [
    'an element in DigestValue',
    'DigestValue is not base64',
    (text) => text.replace('<ds:DigestValue>', '<ds:DigestValue><x/>'),
  ],
  [
    'an empty SignatureValue',
    'SignatureValue is not base64',
    (text) => edit(text, /(?<=<ds:SignatureValue>)[^<]+/, ''),
  ],
  [
    'a cut SignatureValue',
    'the signature value is wrong',
    (text) => edit(text, /[^<]{40}(?=<\/ds:SignatureValue>)/, ''),
  ],
  ['a document type', 'it has a document type.', (text) => `<!DOCTYPE e [<!ENTITY a "b">]>${text}`],
  [
    'an external document type',
    'it has a document type.',
    (text) => `<!DOCTYPE e SYSTEM "http://127.0.0.1/e.dtd">${text}`,
  ],
  [
    'a second root',
    'it is not well-formed (documents may contain only one root).',
    (text) => `${text}<x/>`,
  ],
  [
    'deep nesting',
    'its elements are nested too deeply.',
    (text) => edit(text, '<soap:Header>', `<soap:Header>${'<x>'.repeat(50)}${'</x>'.repeat(50)}`),
  ],
];

it.each(EDITS)('refuses %s', (_, reason, change) => {
  const plan = planFor(alice);
  const text = render(plan);
  expect(verify(text)).toMatchObject({ body: plan.body, signer: { subject: 'CN=alice,O=Lab' } });
  expect(() => verify(change(text, plan))).toThrow(reason);
});
