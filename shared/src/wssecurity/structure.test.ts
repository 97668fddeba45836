import { beforeAll, expect, it } from 'vitest';
import { NS } from '../soap/namespaces.js';
import { identityOf, issueUser, makeAuthority, makeCertificate } from '../testing/certificates.js';
import { labName } from '../testing/der.js';
import {
  bodyOf,
  CONTENT,
  edit,
  type MessagePlan,
  planFor,
  render,
  tokenOf,
} from '../testing/message.js';
import { trustOf } from '../testing/trust.js';
import type { Identity } from '../trust/identity.js';
import type { TrustStore } from '../trust/trustStore.js';
import { parseXml } from '../xml/parse.js';
import { verifyMessage } from './verify.js';

const authority = makeAuthority();
const alice = issueUser(authority, 'alice');
const stranger = identityOf(makeCertificate({ name: labName('alice') }));
let trust: TrustStore;

beforeAll(async () => {
  trust = await trustOf(authority.pem);
});

const verify = (text: string) => verifyMessage(parseXml(text), trust, new Date());

const EVIL = CONTENT.replace('vol-1', 'vol-2');
const evilBody = (id = 'wsu:Id="Evil"') => bodyOf(EVIL, id);
const base64Of = (identity: Identity) => identity.certificate.x509.raw.toString('base64');

type Case = [name: string, reason: string, change: (text: string, plan: MessagePlan) => string];

/** Messages with something missing or there twice, and why they are refused. */
const SHAPES: Case[] = [
  [
    'two Bodies, evil first',
    'the Envelope has more than Header and Body',
    (text, { body }) => edit(text, body, evilBody() + body),
  ],
  [
    'two Bodies, evil last',
    'the Envelope has more than Header and Body',
    (text, { body }) => edit(text, body, body + evilBody()),
  ],
  [
    'a SOAP 1.2 Body beside it',
    'the Envelope has more than Header and Body',
    (text, { body }) =>
      edit(
        text,
        body,
        body + evilBody().replaceAll(NS.soap, 'http://www.w3.org/2003/05/soap-envelope'),
      ),
  ],
  [
    'a Body before the Header',
    'there is no Header',
    (text, { body }) => edit(text, '<soap:Header>', `${evilBody()}<soap:Header>`).replace(body, ''),
  ],
  ['no Header', 'there is no Header', (text) => edit(text, /<soap:Header>.*<\/soap:Header>/s, '')],
  [
    'no Security',
    'there is no Security',
    (text) => edit(text, /<wsse:Security .*<\/wsse:Security>/s, ''),
  ],
  [
    'no Signature',
    'there is no Signature',
    (text) => edit(text, /<ds:Signature .*<\/ds:Signature>/s, ''),
  ],
  ['no Timestamp', 'there is no Timestamp', (text, { timestamp }) => edit(text, timestamp, '')],
  [
    'two Timestamps',
    'there is more than one Timestamp',
    (text, { timestamp }) =>
      edit(text, timestamp, timestamp + timestamp.replace('"Timestamp"', '"Other"')),
  ],
  [
    'two Signatures',
    'there is more than one Signature',
    (text) =>
      text.replace(/<ds:Signature .*<\/ds:Signature>/s, (signature) => signature + signature),
  ],
  [
    'two Security headers',
    'there is more than one Security',
    (text) =>
      text.replace('<soap:Header>', `<soap:Header><wsse:Security xmlns:wsse="${NS.wsse}"/>`),
  ],
  [
    'two tokens',
    'there is more than one BinarySecurityToken',
    (text) => edit(text, '<ds:Signature ', `${tokenOf(base64Of(stranger), 'Other')}<ds:Signature `),
  ],
  [
    'two SignedInfo',
    'Signature does not hold exactly SignedInfo, SignatureValue, KeyInfo',
    (text) => text.replace(/<ds:SignedInfo .*<\/ds:SignedInfo>/s, (info) => info + info),
  ],
  [
    'a SOAP 1.2 envelope',
    'the root is no SOAP 1.1 Envelope',
    (text) => text.replaceAll(NS.soap, 'http://www.w3.org/2003/05/soap-envelope'),
  ],
  [
    'a header that must be understood',
    'the header x must be understood and is not',
    (text) => edit(text, '<soap:Header>', '<soap:Header><x soap:mustUnderstand="1"/>'),
  ],
];

it.each(SHAPES)('refuses %s', (_, reason, change) => {
  const plan = planFor(alice);
  const text = render(plan);
  expect(verify(text)).toMatchObject({ body: plan.body, signer: { subject: 'CN=alice,O=Lab' } });
  expect(() => verify(change(text, plan))).toThrow(reason);
});
