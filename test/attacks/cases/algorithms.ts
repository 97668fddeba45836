import { createHmac, createPublicKey } from 'node:crypto';
import { signatureBy } from '../../../shared/src/testing/message.js';
import { type Attack, signed, signedInfo, type World } from '../support/attack.js';
import { SOURCE } from './sources.js';

const UNSUPPORTED = 'wsse:UnsupportedAlgorithm';

const DSIG = 'http://www.w3.org/2000/09/xmldsig#';
const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
const CONFUSION =
  'CVE-2022-25898 and GHSA-c27r-x354-4m68: a public key taken for the secret of an HMAC';

const pemOf = (world: World): Buffer =>
  Buffer.from(createPublicKey(world.alice.certificatePem).export({ type: 'spki', format: 'pem' }));

/** What an attacker can make an HMAC with: all of it is public. */
const SECRETS: [name: string, secret: (world: World) => Buffer][] = [
  ['the certificate', ({ alice }) => alice.certificate.x509.raw],
  ['the certificate in PEM', ({ alice }) => Buffer.from(alice.certificatePem)],
  [
    'the public key',
    ({ alice }) => alice.certificate.publicKey.export({ type: 'spki', format: 'der' }),
  ],
  ['the public key in PEM', pemOf],
];

/** Signature and digest methods that are weak, or not what they seem to be. */
export const ALGORITHMS: Attack[] = [
  ...SECRETS.flatMap(([name, secret]) =>
    (['sha1', 'sha256'] as const).map((hash) =>
      signed(
        {
          name: `HMAC-${hash.toUpperCase()} with ${name} as its secret`,
          source: CONFUSION,
          verdict: UNSUPPORTED,
        },
        (_, world) => ({
          signatureMethod: `${hash === 'sha1' ? DSIG : MORE}hmac-${hash}`,
          signer: (info) => createHmac(hash, secret(world)).update(info).digest(),
        }),
      ),
    ),
  ),
  signedInfo(
    { name: 'HMACOutputLength', source: 'CVE-2009-0217: a truncated HMAC', verdict: UNSUPPORTED },
    '</ds:SignatureMethod>',
    '<ds:HMACOutputLength>1</ds:HMACOutputLength></ds:SignatureMethod>',
  ),
  ...(
    [
      ['RSA with SHA-1', `${DSIG}rsa-sha1`, 'sha1'],
      ['RSA with MD5', `${MORE}rsa-md5`, 'md5'],
      ['RSA with RIPEMD-160', `${MORE}rsa-ripemd160`, 'ripemd160'],
    ] as const
  ).map(([name, signatureMethod, hash]) =>
    signed(
      { name, source: `${SOURCE.cxf} algsuite; RFC 9231, section 2.3`, verdict: UNSUPPORTED },
      (_, { alice }) => ({ signatureMethod, signer: signatureBy(alice.privateKey, hash) }),
    ),
  ),
  signed(
    {
      name: 'signature of another hash than it says',
      source: `${SOURCE.dsig} 6.4`,
      verdict: 'wsse:FailedCheck',
    },
    () => ({ signatureMethod: `${MORE}rsa-sha512` }),
  ),
  signed(
    { name: 'ECDSA with an RSA key', source: `${SOURCE.dsig} 6.4.3`, verdict: UNSUPPORTED },
    () => ({
      signatureMethod: `${MORE}ecdsa-sha256`,
    }),
  ),
  signed(
    { name: 'no signature method', source: `${SOURCE.wss4j} FaultCodeTest`, verdict: UNSUPPORTED },
    () => ({
      signatureMethod: '',
    }),
  ),
  signed(
    {
      name: 'unknown signature method',
      source: `${SOURCE.wss4j} FaultCodeTest`,
      verdict: UNSUPPORTED,
    },
    () => ({
      signatureMethod: 'urn:none',
    }),
  ),
  ...(
    [
      ['SHA-1', `${DSIG}sha1`, 'sha1'],
      ['MD5', `${MORE}md5`, 'md5'],
      ['an unknown method', 'urn:none', 'sha256'],
    ] as const
  ).map(([name, digestMethod, hash]) =>
    signed(
      { name: `digests by ${name}`, source: `${SOURCE.cxf} algsuite`, verdict: UNSUPPORTED },
      ({ references }) => ({
        references: references.map((each) => ({ ...each, digestMethod, hash })),
      }),
    ),
  ),
];
