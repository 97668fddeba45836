import { createHmac } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import { NS } from '../soap/namespaces.js';
import { issueUser, makeAuthority } from '../testing/certificates.js';
import {
  bodyOf,
  CONTENT,
  EXCLUSIVE,
  edit,
  keyInfoOf,
  type MessagePlan,
  planFor,
  render,
  signatureBy,
  tokenOf,
  tokenReference,
  transform,
} from '../testing/message.js';
import { trustOf } from '../testing/trust.js';
import type { TrustStore } from '../trust/trustStore.js';
import { parseXml } from '../xml/parse.js';
import { verifyMessage } from './verify.js';

const authority = makeAuthority();
const alice = issueUser(authority, 'alice');
let trust: TrustStore;

beforeAll(async () => {
  trust = await trustOf(authority.pem);
});

const verify = (text: string) => verifyMessage(parseXml(text), trust, new Date());
const certificate = alice.certificate.x509.raw.toString('base64');
const SHA1 = 'http://www.w3.org/2000/09/xmldsig#';

const TRANSFORMS = 'a Reference has other transforms than exclusive canonicalization';
const NOTHING = 'a Reference points to nothing that can be signed';
const NO_ID = 'a reference does not point to an Id';

type Case = [name: string, reason: string, change: (plan: MessagePlan) => Partial<MessagePlan>];

/** Messages whose signature is right and a trusted user's, but that prove too little or cost too much. */
const PLANS: Case[] = [
  ['the Body is not signed', 'the Body is not signed', without('#Body')],
  ['the Timestamp is not signed', 'the Timestamp is not signed', without('#Timestamp')],
  [
    'the token is signed instead of the Body',
    'the Body is not signed',
    ({ references, token }) => ({
      references: [{ uri: '#Token', form: token }, ...references.slice(1)],
    }),
  ],
  [
    'the token is signed instead of the Timestamp',
    'the Timestamp is not signed',
    ({ references, token }) => ({
      references: [...references.slice(0, 1), { uri: '#Token', form: token }],
    }),
  ],
  ['nothing is signed', 'the Body is not signed', () => ({ references: [] })],
  [
    'no ValueType that we know',
    'the token is not an X509v3',
    () => ({
      token: tokenOf(certificate, 'Token', 'urn:x#X509PKIPathv1'),
    }),
  ],
  [
    'an embedded certificate in KeyInfo',
    'KeyInfo does not hold exactly SecurityTokenReference',
    () => ({
      keyInfo: keyInfoOf(
        `<ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data>`,
      ),
    }),
  ],
  [
    'an embedded certificate beside the reference',
    'KeyInfo does not hold exactly SecurityTokenReference',
    () => ({
      keyInfo: keyInfoOf(`${tokenReference('#Token')}<ds:X509Data></ds:X509Data>`),
    }),
  ],
  [
    'HMAC with the certificate as its key',
    'signature method http://www.w3.org/2000/09/xmldsig#hmac-sha1',
    () => ({
      signatureMethod: `${SHA1}hmac-sha1`,
      signer: (info) => createHmac('sha1', alice.certificate.x509.raw).update(info).digest(),
    }),
  ],
  [
    'a SHA-1 signature',
    'signature method http://www.w3.org/2000/09/xmldsig#rsa-sha1',
    () => ({ signatureMethod: `${SHA1}rsa-sha1`, signer: signatureBy(alice.privateKey, 'sha1') }),
  ],
  [
    'a SHA-1 digest',
    'digest method http://www.w3.org/2000/09/xmldsig#sha1',
    ({ references }) => ({
      references: references.map((each) => ({
        ...each,
        digestMethod: `${SHA1}sha1`,
        hash: 'sha1',
      })),
    }),
  ],
  [
    'ECDSA with an RSA key',
    'signature method http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256 with a key of type rsa',
    () => ({
      signatureMethod: 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256',
    }),
  ],
  [
    'inclusive canonicalization',
    'Transform is not exclusive canonicalization',
    withTransforms(transform('http://www.w3.org/TR/2001/REC-xml-c14n-20010315')),
  ],
  [
    'canonicalization with comments',
    'Transform is not exclusive canonicalization',
    withTransforms(transform(`${EXCLUSIVE}WithComments`)),
  ],
  [
    'an XPath transform',
    'parameters of Transform',
    withTransforms(
      transform('http://www.w3.org/TR/1999/REC-xpath-19991116', '<XPath>true()</XPath>') +
        transform(EXCLUSIVE),
    ),
  ],
  [
    'an XSLT transform',
    TRANSFORMS,
    withTransforms(transform('http://www.w3.org/TR/1999/REC-xslt-19991116') + transform(EXCLUSIVE)),
  ],
  [
    'a base64 transform',
    TRANSFORMS,
    withTransforms(transform(`${SHA1}base64`) + transform(EXCLUSIVE)),
  ],
  ['no transform', TRANSFORMS, withTransforms('')],
  [
    'canonicalization first, enveloped-signature last',
    TRANSFORMS,
    withTransforms(transform(EXCLUSIVE) + transform(`${SHA1}enveloped-signature`)),
  ],
  ['100 transforms', TRANSFORMS, withTransforms(transform(EXCLUSIVE).repeat(100))],
  [
    'a PrefixList of 65',
    'a PrefixList is too long',
    withTransforms(
      transform(EXCLUSIVE, inclusive(Array.from({ length: 65 }, (_, i) => `p${i}`).join(' '))),
    ),
  ],
  ['a Reference to the whole document', NO_ID, withReference('')],
  ['a Reference to another host', NO_ID, withReference('http://127.0.0.1/')],
  ['a Reference by XPointer', NO_ID, withReference("#xpointer(id('Body'))")],
  ['a Reference with a quote', NO_ID, withReference("#Body' or 'a'='a")],
  ['a Reference to nothing', NOTHING, withReference('#Nothing')],
  [
    'enveloped-signature twice',
    TRANSFORMS,
    withTransforms(transform(`${SHA1}enveloped-signature`).repeat(2) + transform(EXCLUSIVE)),
  ],
  [
    'an Id of another namespace',
    NOTHING,
    ({ references }) => {
      const body = edit(bodyOf(CONTENT, 'xml:id="Body"'), ` xmlns:wsu="${NS.wsu}"`, '');
      return { body, references: [{ uri: '#Body', form: body }, ...references.slice(1)] };
    },
  ],
  [
    'a Reference into the Body',
    NOTHING,
    (plan) => {
      const inner = '<a xmlns="urn:test" Id="Inner"></a>';
      const body = bodyOf(inner);
      const references = [
        { uri: '#Body', form: body },
        ...plan.references.slice(1),
        { uri: '#Inner', form: inner },
      ];
      return { body, references };
    },
  ],
  [
    '500 References',
    'there are too many References',
    ({ references }) => ({ references: Array(250).fill(references).flat() }),
  ],
  [
    'two References to one element',
    'two References point to one element',
    ({ references }) => ({
      references: [...references, ...references],
    }),
  ],
  [
    'a Manifest in SignedInfo',
    'SignedInfo does not hold exactly CanonicalizationMethod, SignatureMethod, Reference, Reference, Reference',
    () => ({ signedInfoMore: '<ds:Manifest></ds:Manifest>' }),
  ],
  [
    'inclusive canonicalization of SignedInfo',
    'CanonicalizationMethod is not exclusive canonicalization',
    ({ canonicalization }) => ({
      canonicalization: edit(canonicalization, EXCLUSIVE, `${EXCLUSIVE}WithComments`),
    }),
  ],
];

function inclusive(prefixes: string): string {
  return `<InclusiveNamespaces xmlns="${EXCLUSIVE}" PrefixList="${prefixes}"></InclusiveNamespaces>`;
}

function withTransforms(transforms: string) {
  return ({ references }: MessagePlan) => ({
    references: references.map((each) => ({ ...each, transforms })),
  });
}

function without(uri: string) {
  return ({ references }: MessagePlan) => ({
    references: references.filter((each) => each.uri !== uri),
  });
}

/** One Reference more, after those that are needed. */
function withReference(uri: string) {
  return (plan: MessagePlan) => ({
    references: [...plan.references, { uri, form: plan.body }],
  });
}

it.each(PLANS)('refuses %s', (_, reason, change) => {
  const plan = planFor(alice);
  expect(verify(render(plan)).body).toBe(plan.body);
  expect(() => verify(render({ ...plan, ...change(plan) }))).toThrow(reason);
});
