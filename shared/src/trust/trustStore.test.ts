import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  ecKeys,
  extension,
  hours,
  type Issued,
  makeAuthority,
  makeCertificate,
  rsaKeys,
  USAGE,
} from '../testing/certificates.js';
import { ATTRIBUTE, labName, nameOf, octets, oid, sequence } from '../testing/der.js';
import { openTrust, quietLog, trustFolder, trustOf } from '../testing/trust.js';
import type { TrustStore } from './trustStore.js';

const lab = makeAuthority();
const NAME = labName('alice');
const usage = USAGE.digitalSignature;
const alice = makeCertificate({ name: NAME, issuer: lab, usage });
const selfSigned = makeCertificate({ name: NAME, usage });

const accept = (store: TrustStore, { der }: Issued) => store.accept(der, new Date());

describe('accepts', () => {
  it('what a trusted authority has issued', async () => {
    expect(accept(await trustOf(lab.pem), alice).subject).toBe('CN=alice,O=Lab');
  });

  it('what an authority has issued whose file is named instead of a folder', async () => {
    const store = await openTrust(join(trustFolder(lab.pem), '0.crt'));
    expect(accept(store, alice).subject).toBe('CN=alice,O=Lab');
  });

  it('a self-signed certificate that is in the folder', async () => {
    expect(accept(await trustOf(selfSigned.pem), selfSigned).subject).toBe('CN=alice,O=Lab');
  });

  it("what openssl makes of itself for a user: an authority's, but for no use", async () => {
    const carol = makeCertificate({ name: labName('carol'), isAuthority: true, hash: 'sha1' });
    expect(accept(await trustOf(carol.pem), carol).subject).toBe('CN=carol,O=Lab');
  });

  it('an authority that may sign messages, too: it could certify itself', async () => {
    const both = makeAuthority('Both', 'Lab', { usage: usage | USAGE.keyCertSign });
    const store = await trustOf(both.pem);
    expect(accept(store, both).subject).toBe('CN=Both,O=Lab');
    expect(accept(store, makeCertificate({ name: NAME, issuer: both, usage })).subject).toBe(
      'CN=alice,O=Lab',
    );
  });

  it('a certificate that has been renewed for the same key, and its forerunner', async () => {
    const keys = rsaKeys();
    const both = [1, 2].map(() => makeCertificate({ name: NAME, keys, usage }));
    const store = await trustOf(...both.map(({ pem }) => pem));
    expect(both.map((each) => accept(store, each).subject)).toEqual(
      Array(2).fill('CN=alice,O=Lab'),
    );
  });

  it('what may be used for authentication by TLS', async () => {
    const purpose = octets(sequence(oid('1.3.6.1.5.5.7.3.2')));
    const extensions = [extension('2.5.29.37', true, purpose)];
    const carol = makeCertificate({ name: labName('carol'), issuer: lab, extensions });
    expect(accept(await trustOf(lab.pem), carol).subject).toBe('CN=carol,O=Lab');
  });

  it('an EC key, and a key without KeyUsage', async () => {
    const carol = makeCertificate({ name: labName('carol'), issuer: lab, keys: ecKeys() });
    expect(accept(await trustOf(lab.pem), carol).subject).toBe('CN=carol,O=Lab');
  });

  it('a new key for an old name of the same authority', async () => {
    const store = await trustOf(lab.pem);
    const renewed = makeCertificate({ name: NAME, issuer: lab, usage });
    expect([alice, renewed].map((each) => accept(store, each).subject)).toEqual(
      Array(2).fill('CN=alice,O=Lab'),
    );
  });
});

const DSA = { modulusLength: 2048, divisorLength: 256 };
const CODE_SIGNING = extension('2.5.29.37', false, octets(sequence(oid('1.3.6.1.5.5.7.3.3'))));
const UNKNOWN = extension('1.2.3.4', true);
const NOT_TRUSTED = 'neither trusted nor issued';
const REFUSED: [name: string, reason: string, make: () => Issued][] = [
  ['a self-signed certificate that is not there', NOT_TRUSTED, () => selfSigned],
  [
    'one of another authority of the same name',
    NOT_TRUSTED,
    () => makeCertificate({ name: NAME, issuer: makeAuthority(), usage }),
  ],
  [
    'one that a user has issued',
    NOT_TRUSTED,
    () => makeCertificate({ name: labName('mallory'), issuer: alice, usage }),
  ],
  [
    'an expired one',
    'it has expired on',
    () => makeCertificate({ name: NAME, issuer: lab, usage, notAfter: hours(-0.5) }),
  ],
  [
    'one that is not yet valid',
    'it is not valid before',
    () => makeCertificate({ name: NAME, issuer: lab, usage, notBefore: hours(0.5) }),
  ],
  [
    'a key usage without digitalSignature',
    'key usage excludes',
    () => makeCertificate({ name: NAME, issuer: lab, usage: USAGE.keyEncipherment }),
  ],
  ['the authority itself', 'its key usage excludes digital signatures', () => lab],
  [
    'RSA of 1024 bits',
    'weaker than RSA 2048',
    () => makeCertificate({ name: NAME, issuer: lab, keys: rsaKeys(1024), usage }),
  ],
  [
    'an EC key on another curve',
    'on the curve secp256k1',
    () => makeCertificate({ name: NAME, issuer: lab, keys: ecKeys('secp256k1'), usage }),
  ],
  [
    'a key that is neither RSA nor EC',
    'neither RSA nor EC',
    () =>
      makeCertificate({ name: NAME, issuer: lab, keys: generateKeyPairSync('dsa', DSA), usage }),
  ],
  [
    'an extended key usage for other things',
    'extended key usage excludes',
    () => makeCertificate({ name: NAME, issuer: lab, usage, extensions: [CODE_SIGNING] }),
  ],
  [
    'a critical extension that is not known',
    'the extension 1.2.3.4, not supported',
    () => makeCertificate({ name: NAME, issuer: lab, usage, extensions: [UNKNOWN] }),
  ],
  [
    'one signed with SHA-1',
    'or with 1.2.840.10045.4.1',
    () => makeCertificate({ name: NAME, issuer: lab, usage, hash: 'sha1' }),
  ],
  [
    'an authority that the authority has issued',
    'a certificate authority does not sign messages',
    () => makeCertificate({ name: NAME, issuer: lab, isAuthority: true }),
  ],
  [
    'an empty name',
    'subject name is empty',
    () => makeCertificate({ name: nameOf(), issuer: lab, usage }),
  ],
  [
    'PEM instead of DER',
    'not a certificate in DER',
    () => ({ ...alice, der: Buffer.from(alice.pem) }),
  ],
  [
    'bytes after the end',
    'not a certificate in DER',
    () => ({ ...alice, der: Buffer.concat([alice.der, Buffer.from([0])]) }),
  ],
  ['no certificate', 'not a certificate in DER', () => ({ ...alice, der: Buffer.from('x') })],
];

it.each(REFUSED)('refuses %s', async (_, reason, make) => {
  const store = await trustOf(lab.pem);
  expect(accept(store, alice).subject).toBe('CN=alice,O=Lab');
  expect(() => accept(store, make())).toThrow(reason);
});

describe('one name is one user:', () => {
  it('which the log tells the operator who takes it from an authority', async () => {
    const { log, lines } = quietLog();
    await openTrust(
      trustFolder(lab.pem, selfSigned.pem, makeCertificate({ name: labName('dave', 'X') }).pem),
      log,
    );
    const line = lines.find((each) => each.includes('could give away'));
    expect(line).toContain('["CN=alice,O=Lab"]');
  });

  it('a certificate in the folder keeps others from its name', async () => {
    const store = await trustOf(lab.pem, selfSigned.pem);
    expect(accept(store, selfSigned).subject).toBe('CN=alice,O=Lab');
    expect(() => accept(store, alice)).toThrow('another certificate in the folder');
  });

  it('two certificates in the folder for one name both are refused', async () => {
    const other = makeCertificate({ name: NAME, usage });
    const store = await trustOf(other.pem, selfSigned.pem);
    for (const each of [other, selfSigned]) {
      expect(() => accept(store, each)).toThrow('another certificate in the folder');
    }
  });

  it('of two authorities each vouches for names below its own', async () => {
    const other = makeAuthority('CA', 'Other');
    const store = await trustOf(lab.pem, other.pem);
    const bob = makeCertificate({ name: labName('bob', 'Other'), issuer: other, usage });
    expect(accept(store, alice).subject).toBe('CN=alice,O=Lab');
    expect(accept(store, bob).subject).toBe('CN=bob,O=Other');
    const falseAlice = makeCertificate({ name: NAME, issuer: other, usage });
    expect(() => accept(store, falseAlice)).toThrow('the authority over its name');
  });

  it('a comma in a name does not put it below another authority', async () => {
    const other = makeAuthority('CA', 'Other');
    const store = await trustOf(lab.pem, other.pem);
    const name = nameOf([[ATTRIBUTE.CN, 'x,O=Other']]);
    expect(() => accept(store, makeCertificate({ name, issuer: other, usage }))).toThrow(
      'the authority over its name',
    );
  });

  it('the authority with the longer name is over the names below it', async () => {
    const name = nameOf([[ATTRIBUTE.O, 'Lab']], [[ATTRIBUTE.OU, 'x']], [[ATTRIBUTE.CN, 'CA']]);
    const unit = makeCertificate({ name, isAuthority: true, usage: USAGE.keyCertSign });
    const member = nameOf([[ATTRIBUTE.O, 'Lab']], [[ATTRIBUTE.OU, 'x']], [[ATTRIBUTE.CN, 'm']]);
    const store = await trustOf(lab.pem, unit.pem);
    const right = makeCertificate({ name: member, issuer: unit, usage });
    expect(accept(store, right).subject).toBe('CN=m,OU=x,O=Lab');
    const wrong = makeCertificate({ name: member, issuer: lab, usage });
    expect(() => accept(store, wrong)).toThrow('the authority over its name');
  });

  it('two authorities over the same names both are refused', async () => {
    const second = makeAuthority('Second CA');
    const store = await trustOf(lab.pem, second.pem);
    for (const issuer of [lab, second]) {
      const user = makeCertificate({ name: NAME, issuer, usage });
      expect(() => accept(store, user)).toThrow('the authority over its name');
    }
  });

  it('two keys may have it that one authority has issued', async () => {
    const renewed = makeCertificate({ name: NAME, issuer: lab, usage });
    const store = await trustOf(lab.pem, alice.pem);
    expect(accept(store, renewed).subject).toBe('CN=alice,O=Lab');
    expect(accept(store, alice).subject).toBe('CN=alice,O=Lab');
  });
});
