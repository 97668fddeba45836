import { generateKeyPairSync } from 'node:crypto';
import type { Identity } from '@vbs-lustre/shared/trust/identity';
import {
  hours,
  identityOf,
  type Keys,
  makeCertificate,
  rsaKeys,
  USAGE,
} from '../../../shared/src/testing/certificates.js';
import { ATTRIBUTE, labName, nameOf } from '../../../shared/src/testing/der.js';
import { bodyOf, type MessagePlan, render } from '../../../shared/src/testing/message.js';
import { NAMESPACE } from '../../support/raw.js';
import { type Attack, signed, type World } from '../support/attack.js';
import { issuerOf, userName } from '../support/certifier.js';
import { signedBy } from './messages.js';
import { SOURCE } from './sources.js';

const UNTRUSTED = 'wsse:FailedAuthentication';
/** Privileged operations for who is not privileged. */
const SOURCE_OF_RIGHTS = 'OWASP API Security Top 10 (2023), API5';
const ADMIN_NAMESPACE = 'urn:vbs-lustre:vbslustre-admin:2026-11';

type Signer = [name: string, source: string, signer: (world: World) => Identity];

const NO_PATH = `${SOURCE.rfc5280} 6.1`;

/** Who may not sign as alice, though all are called so. */
const SIGNERS: Signer[] = [
  ['is self-signed', NO_PATH, ({ certifier }) => certifier.selfSigned()],
  [
    'is of another authority',
    NO_PATH,
    ({ certifier: { keys } }) => {
      const issuer = makeCertificate({
        name: labName('CA'),
        keys,
        isAuthority: true,
        usage: USAGE.keyCertSign,
      });
      return identityOf(makeCertificate({ name: userName('alice'), issuer, keys }));
    },
  ],
  [
    'is of another authority of the same name',
    `${SOURCE.rfc5280} 6.1.3`,
    ({ certifier }) => certifier.identity({ issuer: certifier.impostor() }),
  ],
  [
    'has expired',
    `${SOURCE.rfc5280} 4.1.2.5; ${SOURCE.wss4j} SignatureCertTest`,
    ({ certifier }) => certifier.identity({ notBefore: hours(-2), notAfter: hours(-1) }),
  ],
  [
    'is not valid yet',
    `${SOURCE.rfc5280} 4.1.2.5`,
    ({ certifier }) => certifier.identity({ notBefore: hours(1), notAfter: hours(2) }),
  ],
  [
    'may not sign, only encrypt',
    `${SOURCE.rfc5280} 4.2.1.3`,
    ({ certifier }) => certifier.identity({ usage: USAGE.keyEncipherment }),
  ],
  [
    'may not sign anything',
    `${SOURCE.rfc5280} 4.2.1.3`,
    ({ certifier }) => certifier.identity({ usage: 0 }),
  ],
  [
    'was issued by a user',
    `${SOURCE.rfc5280} 4.2.1.9`,
    ({ certifier, bob }) =>
      certifier.identity({ issuer: issuerOf(bob.certificatePem, bob.privateKey) }),
  ],
  [
    'was issued by a user who may certify, as he says',
    `${SOURCE.rfc5280} 4.2.1.9`,
    ({ certifier }) => {
      const issuer = certifier.issue({ name: userName('mallory'), usage: USAGE.keyCertSign });
      return certifier.identity({ issuer });
    },
  ],
  [
    'was issued by an authority under the trusted one',
    NO_PATH,
    ({ certifier }) => {
      const issuer = certifier.issue({
        name: labName('Sub CA'),
        isAuthority: true,
        usage: USAGE.keyCertSign,
      });
      return certifier.identity({ issuer });
    },
  ],
  [
    'is an authority’s',
    `${SOURCE.rfc5280} 4.2.1.9`,
    ({ certifier }) =>
      certifier.identity({ isAuthority: true, usage: USAGE.digitalSignature | USAGE.keyCertSign }),
  ],
  [
    'has an RSA key of 1024 bits',
    'NIST SP 800-131A',
    ({ certifier }) => certifier.identity({ keys: rsaKeys(1024) }),
  ],
  [
    'has no name',
    `${SOURCE.rfc5280} 4.1.2.6`,
    ({ certifier }) => certifier.identity({ name: nameOf() }),
  ],
];

/** Who is trusted, but not with alice's volumes. */
const OTHERS: Signer[] = [
  ['another user', `${SOURCE.cxf} x509`, ({ bob }) => bob],
  [
    'a user whose name holds alice’s',
    'RFC 4514, section 2.4',
    ({ certifier }) =>
      certifier.identity({
        name: nameOf(
          [[ATTRIBUTE.O, 'VBS-Lustre']],
          [[ATTRIBUTE.OU, 'users']],
          [[ATTRIBUTE.CN, 'alice,OU=users,O=VBS-Lustre']],
        ),
      }),
  ],
  [
    'a user whose name goes on after a NUL',
    'Marlinspike: null prefix attacks (2009)',
    ({ certifier }) => certifier.identity({ name: userName('alice\0') }),
  ],
  [
    'a user whose name ends in a space',
    `${SOURCE.rfc5280} 7.1`,
    ({ certifier }) => certifier.identity({ name: userName('alice ') }),
  ],
  [
    'a user of a longer name',
    'RFC 4514, section 2.1',
    ({ certifier }) =>
      certifier.identity({
        name: nameOf(
          [[ATTRIBUTE.O, 'VBS-Lustre']],
          [[ATTRIBUTE.OU, 'users']],
          [[ATTRIBUTE.CN, 'alice']],
          [[ATTRIBUTE.CN, 'mallory']],
        ),
      }),
  ],
];

/** Who is trusted, and is no administrator. */
const NO_ADMINISTRATORS: Signer[] = [
  ['a user', SOURCE_OF_RIGHTS, ({ alice }) => alice],
  [
    'a user whose name ends as an administrator’s',
    'RFC 4514, section 2.4',
    ({ certifier }) => certifier.identity({ name: userName('x,CN=admin') }),
  ],
  [
    'a delegate of an administrator’s name',
    'RFC 4514, section 2.1',
    ({ certifier }) => certifier.identity({ name: inUnit('volume-delegates', 'admin') }),
  ],
  [
    'a Volume Delegate',
    SOURCE_OF_RIGHTS,
    ({ certifier }) => certifier.identity({ name: inUnit('volume-delegates', 'lustre1') }),
  ],
  [
    'a VMM Delegate',
    SOURCE_OF_RIGHTS,
    ({ certifier }) => certifier.identity({ name: inUnit('vmm-delegates', 'vmm1') }),
  ],
  [
    'the front end',
    SOURCE_OF_RIGHTS,
    ({ certifier }) => certifier.identity({ name: inUnit('services', 'vbslustre') }),
  ],
];

export const TRUST: Attack[] = [
  ...SIGNERS.map(([name, source, signer]) =>
    signed({ name: `certificate that ${name}`, source, verdict: UNTRUSTED }, (_, world) =>
      signedBy(signer(world)),
    ),
  ),
  signed(
    { name: 'the authority itself signs', source: `${SOURCE.rfc5280} 4.2.1.3`, verdict: UNTRUSTED },
    (_, { certifier }) => signedBy(identityOf(certifier.authority)),
  ),
  signed(
    { name: 'an EC key of 112 bits', source: 'NIST SP 800-131A', verdict: UNTRUSTED },
    (_, { certifier }) => signedBy(certifier.identity({ keys: weakEcKeys() })),
  ),
  ...OTHERS.map(
    ([name, source, signer]): Attack => ({
      ...{ name: `alice’s volume, deleted by ${name}`, source, verdict: 'InvalidVolume.NotFound' },
      shot: ({ plan }, world) => ({ body: render({ ...plan, ...signedBy(signer(world)) }) }),
    }),
  ),
  {
    ...{
      name: 'a user as a Volume Delegate',
      source: `${SOURCE.wss4j} CertConstraints`,
      verdict: UNTRUSTED,
    },
    shot: ({ plan, volumeId }) => {
      const said = saying(
        plan,
        `<UpdateVolumeStatus xmlns="${NAMESPACE}"><orderId>ord-0</orderId><volumeId>${volumeId}</volumeId>` +
          '<status>available</status></UpdateVolumeStatus>',
      );
      return { body: render(said), path: '/vbslustre/callback' };
    },
  },
  ...NO_ADMINISTRATORS.map(
    ([name, source, signer]): Attack => ({
      ...{ name: `${name} as an administrator`, source, verdict: UNTRUSTED },
      shot: ({ plan }, world) => {
        const said = saying(
          plan,
          `<ModifyQuotas xmlns="${ADMIN_NAMESPACE}"><userId>CN=alice</userId><quotaSet><item><name>gib</name><limit>0</limit>` +
            '</item></quotaSet></ModifyQuotas>',
        );
        return { body: render({ ...said, ...signedBy(signer(world)) }), path: '/vbslustre-admin' };
      },
    }),
  ),
];

function saying(plan: MessagePlan, content: string): MessagePlan {
  const body = bodyOf(content);
  return { ...plan, body, references: [{ uri: '#Body', form: body }, ...plan.references.slice(1)] };
}

function inUnit(unit: string, commonName: string): Buffer {
  return nameOf(
    [[ATTRIBUTE.O, 'VBS-Lustre']],
    [[ATTRIBUTE.OU, unit]],
    [[ATTRIBUTE.CN, commonName]],
  );
}

/** What no authority should certify: a curve that a person at home can break. */
function weakEcKeys(): Keys {
  return generateKeyPairSync('ec', { namedCurve: 'secp112r1' });
}
