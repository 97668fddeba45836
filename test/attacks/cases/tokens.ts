import { sign } from 'node:crypto';
import type { Identity } from '@vbs-lustre/shared/trust/identity';
import { edit, keyInfoOf, tokenOf, tokenReference } from '../../../shared/src/testing/message.js';
import { type Attack, edited, signed } from '../support/attack.js';
import { NS } from './messages.js';
import { SOURCE } from './sources.js';

const INVALID = 'wsse:InvalidSecurity';
const UNTRUSTED = 'wsse:FailedAuthentication';
const NO_TOKEN = 'wsse:InvalidSecurityToken';

const base64 = ({ certificate }: Identity): string => certificate.x509.raw.toString('base64');
const TYPE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0';
const reference = (content: string): string =>
  `<wsse:SecurityTokenReference xmlns:wsse="${NS.wsse}">${content}</wsse:SecurityTokenReference>`;

/** Ways of KeyInfo to say whose the signature is, all but the one that is taken. */
const KEY_INFOS: [name: string, content: (alice: Identity) => string, source: string][] = [
  [
    'an embedded certificate',
    (alice) =>
      `<ds:X509Data><ds:X509Certificate>${base64(alice)}</ds:X509Certificate></ds:X509Data>`,
    'CVE-2024-32962 (xml-crypto)',
  ],
  ['an embedded key', (alice) => keyValue(alice), 'CVE-2024-32962 (xml-crypto)'],
  [
    'an embedded key beside the reference',
    (alice) => tokenReference('#Token') + keyValue(alice),
    'CVE-2024-32962 (xml-crypto)',
  ],
  [
    'an embedded key before the reference',
    (alice) => keyValue(alice) + tokenReference('#Token'),
    'CVE-2024-32962 (xml-crypto)',
  ],
  ['the name of a key', () => '<ds:KeyName>alice</ds:KeyName>', `${SOURCE.dsig} 4.5.1`],
  [
    'an address of a key',
    () => '<ds:RetrievalMethod URI="http://127.0.0.1:1/"/>',
    `${SOURCE.dsigPractice} 8`,
  ],
  [
    'issuer and serial number',
    () => reference('<ds:X509Data><ds:X509IssuerSerial/></ds:X509Data>'),
    `${SOURCE.cxf} x509`,
  ],
  [
    'a key identifier',
    () =>
      reference(
        `<wsse:KeyIdentifier ValueType="${TYPE}#X509SubjectKeyIdentifier">AAAA</wsse:KeyIdentifier>`,
      ),
    `${SOURCE.cxf} x509`,
  ],
  [
    'a thumbprint',
    () =>
      reference(
        '<wsse:KeyIdentifier ValueType="http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbprintSHA1">AAAA</wsse:KeyIdentifier>',
      ),
    `${SOURCE.wss4j} SignatureCertTest`,
  ],
  [
    'an embedded token',
    (alice) => reference(`<wsse:Embedded>${tokenOf(base64(alice), 'Inner')}</wsse:Embedded>`),
    `${SOURCE.bsp} R3060`,
  ],
  ['two references', () => tokenReference('#Token').repeat(2), `${SOURCE.bsp} R5402`],
  [
    'a reference to two tokens',
    () => reference('<wsse:Reference URI="#Token"/><wsse:Reference URI="#Other"/>'),
    `${SOURCE.bsp} R3061`,
  ],
  ['nothing', () => '', `${SOURCE.bsp} R5402`],
];

function keyValue({ certificate }: Identity): string {
  const { n, e } = certificate.publicKey.export({ format: 'jwk' });
  const part = (text = ''): string => Buffer.from(text, 'base64url').toString('base64');
  return `<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>${part(n)}</ds:Modulus><ds:Exponent>${part(e)}</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>`;
}

/** Tokens that are none, by what stands in them. */
const CONTENTS: [name: string, content: (alice: Identity) => string, verdict: Attack['verdict']][] =
  [
    ['is empty', () => '', INVALID],
    ['is not base64', () => '&lt;certificate>', INVALID],
    ['is base64 of something', () => Buffer.from('certificate').toString('base64'), NO_TOKEN],
    [
      'is a certificate in PEM',
      ({ certificatePem }) => Buffer.from(certificatePem).toString('base64'),
      NO_TOKEN,
    ],
    [
      'has bytes after the certificate',
      ({ certificate: { x509 } }) => Buffer.concat([x509.raw, Buffer.from([0])]).toString('base64'),
      NO_TOKEN,
    ],
    [
      'is cut off',
      ({ certificate: { x509 } }) => x509.raw.subarray(0, 300).toString('base64'),
      NO_TOKEN,
    ],
    ['is 300 KiB long', () => Buffer.alloc(300 * 1024, 48).toString('base64'), INVALID],
  ];

export const TOKENS: Attack[] = [
  ...KEY_INFOS.map(([name, content, source]) =>
    signed({ name: `KeyInfo: ${name}`, source, verdict: INVALID }, (_, { alice }) => ({
      keyInfo: keyInfoOf(content(alice)),
    })),
  ),
  ...CONTENTS.map(([name, content, verdict]) =>
    signed(
      { name: `token that ${name}`, source: `${SOURCE.x509} 3.1`, verdict },
      (_, { alice }) => ({ token: tokenOf(content(alice)) }),
    ),
  ),
  ...['#X509PKIPathv1', '#PKCS7', '#X509v1', ''].map((type) =>
    signed(
      {
        name: `token of type ${type || 'none'}`,
        source: `${SOURCE.x509} 3.1`,
        verdict: 'wsse:UnsupportedSecurityToken',
      },
      (_, { alice }) => ({
        token: tokenOf(base64(alice), 'Token', type && TYPE + type),
      }),
    ),
  ),
  signed(
    {
      name: 'token in hexadecimal',
      source: `${SOURCE.bsp} R3029`,
      verdict: 'wsse:UnsupportedSecurityToken',
    },
    ({ token }) => ({
      token: edit(token, ' ValueType=', ' EncodingType="urn:x#HexBinary" ValueType='),
    }),
  ),
  edited(
    {
      name: 'token swapped for another user’s after signing',
      source: `${SOURCE.wss4j} SignedBSTTest`,
      verdict: 'wsse:FailedCheck',
    },
    ({ text }, { alice, bob }) => edit(text, base64(alice), base64(bob)),
  ),
  edited(
    {
      name: 'token swapped for one of the same name after signing',
      source: `${SOURCE.wss4j} SignedBSTTest`,
      verdict: 'wsse:FailedCheck',
    },
    ({ text }, { alice, certifier }) => edit(text, base64(alice), base64(certifier.identity())),
  ),
  edited(
    {
      name: 'token swapped for a stranger’s after signing',
      source: `${SOURCE.wss4j} SignedBSTTest`,
      verdict: UNTRUSTED,
    },
    ({ text }, { alice, certifier }) => edit(text, base64(alice), base64(certifier.selfSigned())),
  ),
  edited(
    {
      name: 'signed token swapped for another user’s',
      source: `${SOURCE.wss4j} SignedBSTTest`,
      verdict: 'wsse:FailedCheck',
      good: ({ references, token }) => ({
        references: [...references, { uri: '#Token', form: token }],
      }),
    },
    ({ text }, { alice, bob }) => edit(text, base64(alice), base64(bob)),
  ),
  signed(
    {
      name: 'two tokens, the reference to an untrusted one',
      source: `${SOURCE.wss4j} SignatureCertTest`,
      verdict: INVALID,
    },
    ({ token }, { certifier }) => {
      const mallory = certifier.selfSigned();
      return {
        token: token + tokenOf(base64(mallory), 'Other'),
        keyInfo: keyInfoOf(tokenReference('#Other')),
        ...signedBy(mallory),
      };
    },
  ),
  signed(
    {
      name: 'two tokens, the first one untrusted',
      source: `${SOURCE.wss4j} SignatureCertTest`,
      verdict: INVALID,
    },
    ({ token }, { certifier }) => {
      return { token: tokenOf(base64(certifier.selfSigned()), 'Other') + token };
    },
  ),
  ...['#Timestamp', '#Body', '#Nothing', 'Token', '', 'http://127.0.0.1:1/#Token'].map((uri) =>
    edited(
      {
        name: `token reference to ${uri || 'an empty address'}`,
        source: `${SOURCE.wss} 7.2`,
        verdict: INVALID,
      },
      ({ text }) => edit(text, 'URI="#Token"', `URI="${uri}"`),
    ),
  ),
];

function signedBy({ privateKey }: Identity) {
  return { signer: (info: string) => sign('sha256', Buffer.from(info), privateKey) };
}
