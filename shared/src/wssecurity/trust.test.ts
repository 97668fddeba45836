import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  ecKeys,
  hours,
  type Issued,
  makeAuthority,
  makeCertificate,
  rsaKeys,
  USAGE,
} from '../testing/certificates.js';
import { ATTRIBUTE, labName, nameOf } from '../testing/der.js';
import { openTrust, quietLog, trustFolder, trustOf } from '../testing/trust.js';
import type { TrustStore } from './trust.js';

// A busy machine is no failure.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const lab = makeAuthority();
const NAME = labName('alice');
const usage = USAGE.digitalSignature;
const alice = makeCertificate({ name: NAME, issuer: lab, usage });
const selfSigned = makeCertificate({ name: NAME, usage });

const refusalOf = (call: () => unknown): string => {
  try {
    call();
    return '';
  } catch (error) {
    return String(error);
  }
};

const accept = (store: TrustStore, { der }: Issued) => store.accept(der, new Date());

describe('accepts', () => {
  it('what a trusted authority has issued', async () => {
    expect(accept(await trustOf(lab.pem), alice).subject).toBe('CN=alice,O=Lab');
  });

  it('a self-signed certificate that is in the folder', async () => {
    expect(accept(await trustOf(selfSigned.pem), selfSigned).subject).toBe('CN=alice,O=Lab');
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
    'expired or not yet valid',
    () => makeCertificate({ name: NAME, issuer: lab, usage, notAfter: hours(-0.5) }),
  ],
  [
    'one that is not yet valid',
    'expired or not yet valid',
    () => makeCertificate({ name: NAME, issuer: lab, usage, notBefore: hours(0.5) }),
  ],
  [
    'a key usage without digitalSignature',
    'key usage excludes',
    () => makeCertificate({ name: NAME, issuer: lab, usage: USAGE.keyEncipherment }),
  ],
  ['the authority itself', 'does not sign messages', () => lab],
  [
    'RSA of 1024 bits',
    'weaker than RSA 2048',
    () => makeCertificate({ name: NAME, issuer: lab, keys: rsaKeys(1024), usage }),
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

it('refuses what an expired authority has issued', async () => {
  const name = labName('CA');
  const authority = { isAuthority: true, usage: USAGE.keyCertSign, name };
  const expired = makeCertificate({ ...authority, notAfter: hours(-0.5) });
  const store = await trustOf(expired.pem);
  const user = makeCertificate({ name: NAME, issuer: expired, usage });
  expect(() => accept(store, user)).toThrow(NOT_TRUSTED);
});

it('refuses what an authority has issued that may not sign certificates', async () => {
  const options = { name: labName('CA'), isAuthority: true, usage: USAGE.digitalSignature };
  const authority = makeCertificate(options);
  const user = makeCertificate({ name: NAME, issuer: authority, usage });
  const store = await trustOf(authority.pem);
  expect(() => accept(store, user)).toThrow(NOT_TRUSTED);
});

describe('one name is one user:', () => {
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

  it('the old and the new certificate of one authority are one authority', async () => {
    const renewed = makeAuthority();
    const store = await trustOf(lab.pem, renewed.pem);
    for (const issuer of [lab, renewed]) {
      const user = makeCertificate({ name: NAME, issuer, usage });
      expect(accept(store, user).subject).toBe('CN=alice,O=Lab');
    }
  });
});

describe('the folder', () => {
  const isAccepted = (store: TrustStore) => refusalOf(() => accept(store, selfSigned)) === '';
  const soon = { timeout: 30_000, interval: 50 };

  it('is watched: what comes is accepted, what goes is refused', async () => {
    const folder = trustFolder(lab.pem);
    const store = await openTrust(folder);
    expect(isAccepted(store)).toBe(false);
    writeFileSync(join(folder, 'alice.pem'), selfSigned.pem);
    await expect.poll(() => isAccepted(store), soon).toBe(true);
    rmSync(join(folder, 'alice.pem'));
    await expect.poll(() => isAccepted(store), soon).toBe(false);
  });

  it('is watched: with the authority goes what it has issued', async () => {
    const folder = trustFolder(lab.pem);
    const store = await openTrust(folder);
    expect(accept(store, alice).subject).toBe('CN=alice,O=Lab');
    writeFileSync(join(folder, '0.crt'), makeAuthority().pem);
    await expect.poll(() => refusalOf(() => accept(store, alice)), soon).toContain(NOT_TRUSTED);
  });

  it('is watched also if one of its files cannot be read', async () => {
    const folder = trustFolder(lab.pem, selfSigned.pem);
    symlinkSync('/nowhere', join(folder, 'dangling.crt'));
    writeFileSync(join(folder, 'broken.crt'), 'this is no certificate');
    const { log, lines } = quietLog();
    const store = await openTrust(folder, log);
    expect(isAccepted(store)).toBe(true);
    expect(lines.join()).toContain('broken.crt');
    expect(lines.join()).toContain('dangling.crt');
    rmSync(join(folder, '1.crt'));
    await expect.poll(() => isAccepted(store), soon).toBe(false);
  });

  it('must be there at the start', async () => {
    await expect(openTrust('/nowhere')).rejects.toThrow('/nowhere');
  });

  it('holds certificates in files of certain names only', async () => {
    const folder = trustFolder(lab.pem);
    writeFileSync(join(folder, 'alice.bak'), selfSigned.pem);
    expect(isAccepted(await openTrust(folder))).toBe(false);
  });
});
