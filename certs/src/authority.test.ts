import { createPrivateKey, X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CertificateRequest, certify, createAuthority, type KeyPair } from './authority.js';
import { generateKeys, privateKeyToPem } from './keys.js';

const O = { shortName: 'O', value: 'Lab' } as const;
const cn = (value: string) => ({ shortName: 'CN', value }) as const;
let authority: KeyPair;
let ca: X509Certificate;
let keys: forge.pki.rsa.KeyPair;

beforeAll(async () => {
  authority = await createAuthority({ subject: [O, cn('CA')], days: 10 });
  keys = await generateKeys();
  ca = new X509Certificate(authority.certificatePem);
});

/** The certificate of the one key that these tests have, in PEM. */
function issue(issuer: KeyPair, request: CertificateRequest): string {
  return forge.pki.certificateToPem(certify(issuer, keys.publicKey, request));
}

const DAY_MS = 86_400_000;

it('makes an authority that vouches for itself', () => {
  expect(ca.ca).toBe(true);
  expect(ca.subject).toBe('O=Lab\nCN=CA');
  expect(ca.checkIssued(ca) && ca.verify(ca.publicKey)).toBe(true);
  expect(ca.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
});

describe('issues', () => {
  it('a certificate that the authority has signed, with its key', () => {
    const certificatePem = issue(authority, {
      subject: [O, cn('alice')],
      days: 5,
    });
    const alice = new X509Certificate(certificatePem);
    expect(alice.ca).toBe(false);
    expect(alice.subject).toBe('O=Lab\nCN=alice');
    expect(alice.checkIssued(ca) && alice.verify(ca.publicKey)).toBe(true);
    expect(alice.checkPrivateKey(createPrivateKey(privateKeyToPem(keys.privateKey)))).toBe(true);
    expect(alice.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  });

  it('for the time asked for, from a little before now', () => {
    const certificatePem = issue(authority, { subject: [O, cn('alice')], days: 5 });
    const { validFrom, validTo } = new X509Certificate(certificatePem);
    const now = Date.now();
    expect(Date.parse(validFrom)).toBeLessThan(now);
    expect(Date.parse(validFrom)).toBeGreaterThan(now - DAY_MS);
    expect(Math.round((Date.parse(validTo) - now) / DAY_MS)).toBe(5);
  });

  it('names and addresses of a server', () => {
    const serverNames = ['localhost', '127.0.0.1', '::1'];
    const certificatePem = issue(authority, {
      subject: [O, cn('s')],
      days: 5,
      serverNames,
    });
    const server = new X509Certificate(certificatePem);
    expect(server.checkHost('localhost')).toBe('localhost');
    expect(server.checkHost('other')).toBeUndefined();
    expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(server.subjectAltName).toContain('IP Address:0:0:0:0:0:0:0:1');
  });

  it('every certificate with its own serial number', () => {
    const [first, second] = [1, 2].map(
      () => new X509Certificate(issue(authority, { subject: [O, cn('alice')], days: 5 })),
    );
    expect(first?.serialNumber).not.toBe(second?.serialNumber);
  });

  it('names beyond ASCII, also below such an authority', async () => {
    const zoes = await createAuthority({ subject: [O, cn('Zoés CA')], days: 10 });
    const certificatePem = issue(zoes, { subject: [O, cn('Zoé 😀')], days: 5 });
    const certificate = new X509Certificate(certificatePem);
    const issuer = new X509Certificate(zoes.certificatePem);
    expect(certificate.checkIssued(issuer)).toBe(true);
    expect(certificate.raw.includes(Buffer.from('Zoé 😀'))).toBe(true);
    expect(certificate.raw.includes(Buffer.from('Zoés CA'))).toBe(true);
  });

  it('nothing that is valid for longer than the authority', () => {
    const certificatePem = issue(authority, { subject: [O, cn('alice')], days: 50 });
    expect(new X509Certificate(certificatePem).validTo).toBe(ca.validTo);
  });

  it.each([
    ['2001:db8::5', '2001:DB8:0:0:0:0:0:5'],
    ['fe80::1:2:3:4', 'FE80:0:0:0:1:2:3:4'],
    ['::ffff:10.0.0.5', '0:0:0:0:0:FFFF:A00:5'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['::', '0:0:0:0:0:0:0:0'],
  ])('the address %s', (address, expected) => {
    const request = { subject: [O, cn('s')], days: 5, serverNames: [address] };
    const certificatePem = issue(authority, request);
    expect(new X509Certificate(certificatePem).subjectAltName).toBe(`IP Address:${expected}`);
  });

  it.each(['a host', '-x.org', 'x..org', '', '*.example.org', '1.2.3.4/8'])(
    'nothing to the host "%s"',
    (host) => {
      const request = { subject: [O, cn('s')], days: 5, serverNames: [host] };
      expect(() => issue(authority, request)).toThrow('neither a host name nor an address');
    },
  );

  it.each(['', ' alice', 'alice\n', 'al\u200bice', 'al\u202eice', 'e\u0301', 'x'.repeat(65)])(
    'nothing to the name %j',
    (name) => {
      const request = { subject: [O, cn(name)], days: 5 };
      expect(() => issue(authority, request)).toThrow('cannot be part of a name');
    },
  );
});
