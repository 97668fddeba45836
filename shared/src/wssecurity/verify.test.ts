import { WSSecurityCert } from 'soap/lib/security/index.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { NS } from '../soap/namespaces.js';
import { ecKeys, issueUser, makeAuthority } from '../testing/certificates.js';
import {
  bodyOf,
  CONTENT,
  EXCLUSIVE,
  edit,
  type MessagePlan,
  planFor,
  render,
  timestampOf,
  tokenOf,
  transform,
} from '../testing/message.js';
import { trustOf } from '../testing/trust.js';
import type { TrustStore } from '../trust/trustStore.js';
import { parseXml } from '../xml/parse.js';
import { signedEnvelope } from './sign.js';
import { verifyMessage } from './verify.js';

const authority = makeAuthority();
const alice = issueUser(authority, 'alice');
const carol = issueUser(authority, 'carol', ecKeys());
const certificate = alice.certificate.x509.raw.toString('base64');
let trust: TrustStore;

beforeAll(async () => {
  trust = await trustOf(authority.pem);
});

const verify = (text: string) => verifyMessage(parseXml(text), trust, new Date());

/** Habits of clients that sign with care. */
const HABITS: [name: string, change: (plan: MessagePlan) => Partial<MessagePlan>][] = [
  ['our own', () => ({})],
  [
    'a plain Id on the Body',
    ({ references }) =>
      signedBody(edit(bodyOf(CONTENT, 'Id="Body"'), ` xmlns:wsu="${NS.wsu}"`, ''), references),
  ],
  ['the token last (zeep)', () => ({ order: ['signature', 'timestamp', 'token'] })],
  ['the token after the Timestamp', () => ({ order: ['timestamp', 'token', 'signature'] })],
  [
    'a signed token (gSOAP)',
    ({ references, token }) => ({
      references: [...references, { uri: '#Token', form: token }],
    }),
  ],
  [
    'a signed header',
    ({ references }) => {
      const header = `<h xmlns="urn:h" xmlns:wsu="${NS.wsu}" wsu:Id="Header"></h>`;
      return { header, references: [...references, { uri: '#Header', form: header }] };
    },
  ],
  [
    'an unsigned header that need not be understood',
    () => ({
      header: '<h xmlns="urn:h" soap:mustUnderstand="0"/>',
    }),
  ],
  [
    'a header that somebody else must understand',
    () => ({
      header: '<h xmlns="urn:h" soap:mustUnderstand="1" soap:actor="urn:somebody"/>',
    }),
  ],
  [
    'enveloped-signature first (node-soap)',
    ({ references }) => ({
      references: references.map((each) => ({
        ...each,
        transforms:
          transform('http://www.w3.org/2000/09/xmldsig#enveloped-signature') + transform(EXCLUSIVE),
      })),
    }),
  ],
  [
    'an empty PrefixList (WSS4J)',
    ({ references }) => ({
      references: references.map((each) => ({
        ...each,
        transforms: transform(EXCLUSIVE, prefixes('')),
      })),
    }),
  ],
  [
    'a PrefixList that changes the form',
    (plan) => {
      const body = edit(plan.body, ' xmlns:wsu=', ` xmlns:wsse="${NS.wsse}" xmlns:wsu=`);
      const [, ...others] = plan.references;
      const transforms = transform(EXCLUSIVE, prefixes('wsse'));
      return { body, references: [{ uri: '#Body', form: body, transforms }, ...others] };
    },
  ],
  [
    'a token with line breaks',
    () => ({
      token: tokenOf(`\n${certificate.replace(/.{76}/g, '$&\n')}\n`),
    }),
  ],
  [
    'a token with its EncodingType',
    ({ token }) => ({
      token: edit(token, ' ValueType=', ' EncodingType="urn:x#Base64Binary" ValueType='),
    }),
  ],
  [
    'whole seconds and an offset',
    ({ references }) => {
      const at = (offsetS: number) =>
        new Date(Date.now() + offsetS * 1000).toISOString().replace(/\.\d+Z/, '+00:00');
      const timestamp = timestampOf(at(0), at(300));
      return {
        timestamp,
        references: [...references.slice(0, 1), { uri: '#Timestamp', form: timestamp }],
      };
    },
  ],
  [
    'SHA-512 digests',
    ({ references }) => ({
      references: references.map((each) => ({
        ...each,
        digestMethod: 'http://www.w3.org/2001/04/xmlenc#sha512',
        hash: 'sha512',
      })),
    }),
  ],
];

function prefixes(list: string): string {
  return `<i:InclusiveNamespaces xmlns:i="${EXCLUSIVE}" PrefixList="${list}"></i:InclusiveNamespaces>`;
}

function signedBody(body: string, references: MessagePlan['references']): Partial<MessagePlan> {
  return { body, references: [{ uri: '#Body', form: body }, ...references.slice(1)] };
}

describe('accepts', () => {
  it.each(HABITS)('%s', (_, change) => {
    const plan = planFor(alice);
    const changed = { ...plan, ...change(plan) };
    expect(verify(render(changed))).toMatchObject({
      body: changed.body,
      signer: { subject: 'CN=alice,O=Lab' },
    });
  });

  it.each([
    [
      'with the options for exclusive canonicalization and wsu:Id',
      {
        signatureTransformations: [EXCLUSIVE],
        signerOptions: { idMode: 'wssecurity' as const },
      },
    ],
    ['with its defaults', {}],
  ])('node-soap %s', (_, options) => {
    const security = new WSSecurityCert(alice.privateKeyPem, alice.certificatePem, '', options);
    const envelope = `<soap:Envelope xmlns:soap="${NS.soap}"><soap:Header></soap:Header><soap:Body>${CONTENT}</soap:Body></soap:Envelope>`;
    const { body, signer } = verify(security.postProcess(envelope, 'soap'));
    expect(body).toContain(CONTENT);
    expect(signer.subject).toBe('CN=alice,O=Lab');
  });

  it('an EC key', () => {
    expect(verify(signedEnvelope(CONTENT, carol, new Date())).signer.subject).toBe(
      'CN=carol,O=Lab',
    );
  });

  it('other prefixes, CDATA and character references for the same canonical form', () => {
    const plan = planFor(alice);
    const text = edit(render(plan), '>vol-1<', '><![CDATA[vo]]>&#x6C;-1<');
    expect(verify(text.replace('<soap:Envelope', '\n<soap:Envelope  xmlns:q="urn:q"')).body).toBe(
      plan.body,
    );
  });
});

describe('the replay key', () => {
  const plan = planFor(alice);

  it.each<[string, (text: string) => string]>([
    [
      'line breaks in SignatureValue',
      (text) => edit(text, '</ds:SignatureValue>', '\n</ds:SignatureValue>'),
    ],
    ['white space in the Header', (text) => edit(text, '<soap:Header>', '<soap:Header>\n ')],
    ['an unsigned header', (text) => edit(text, '<soap:Header>', '<soap:Header><x/>')],
    [
      'another form of SignedInfo',
      (text) => edit(text, '<ds:SignedInfo ', '<ds:SignedInfo\n xmlns:q="urn:q" '),
    ],
  ])('is the same after a change of %s', (_, change) => {
    const text = render(plan);
    expect(change(text)).not.toBe(text);
    expect(verify(change(text)).replayKey).toBe(verify(text).replayKey);
  });

  it('is the same for another ECDSA signature of the same message', () => {
    const text = signedEnvelope(CONTENT, carol, new Date());
    const value = /(?<=<ds:SignatureValue>)[^<]+/.exec(text)?.[0] ?? '';
    const other = edit(text, value, mirrored(Buffer.from(value, 'base64')).toString('base64'));
    expect(verify(other).replayKey).toBe(verify(text).replayKey);
  });

  it('is another one for another message', () => {
    const [first, second] = ['vol-1', 'vol-2'].map((id) => {
      const body = bodyOf(CONTENT.replace('vol-1', id));
      return verify(render({ ...plan, ...signedBody(body, plan.references) })).replayKey;
    });
    expect(first).not.toBe(second);
  });
});

/** (r, n - s), which is as good a signature as (r, s). */
function mirrored(signature: Buffer): Buffer {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const s = BigInt(`0x${signature.subarray(32).toString('hex')}`);
  const rest = (order - s).toString(16).padStart(64, '0');
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(rest, 'hex')]);
}
