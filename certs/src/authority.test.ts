import { createPrivateKey, X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, issue, type KeyPair } from './authority.js';

const O = { shortName: 'O', value: 'Lab' } as const;
const cn = (value: string) => ({ shortName: 'CN', value }) as const;
let authority: KeyPair;
let ca: X509Certificate;

beforeAll(async () => {
  authority = await createAuthority({ subject: [O, cn('CA')], days: 10 });
  ca = new X509Certificate(authority.certificatePem);
});

const DAY_MS = 86_400_000;

it('makes an authority that vouches for itself', () => {
  expect(ca.ca).toBe(true);
  expect(ca.subject).toBe('O=Lab\nCN=CA');
  expect(ca.checkIssued(ca) && ca.verify(ca.publicKey)).toBe(true);
  expect(ca.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
});

describe('issues', () => {
  it('a certificate that the authority has signed, with its key', async () => {
    const { certificatePem, privateKeyPem } = await issue(authority, {
      subject: [O, cn('alice')],
      days: 5,
    });
    const alice = new X509Certificate(certificatePem);
    expect(alice.ca).toBe(false);
    expect(alice.subject).toBe('O=Lab\nCN=alice');
    expect(alice.checkIssued(ca) && alice.verify(ca.publicKey)).toBe(true);
    expect(alice.checkPrivateKey(createPrivateKey(privateKeyPem))).toBe(true);
    expect(alice.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  });

  it('for the time asked for, from a little before now', async () => {
    const { certificatePem } = await issue(authority, { subject: [O, cn('alice')], days: 5 });
    const { validFrom, validTo } = new X509Certificate(certificatePem);
    const now = Date.now();
    expect(Date.parse(validFrom)).toBeLessThan(now);
    expect(Date.parse(validFrom)).toBeGreaterThan(now - DAY_MS);
    expect(Math.round((Date.parse(validTo) - now) / DAY_MS)).toBe(5);
  });

  it('names and addresses of a server', async () => {
    const serverNames = ['localhost', '127.0.0.1', '::1'];
    const { certificatePem } = await issue(authority, {
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

  it('every certificate with its own serial number and key', async () => {
    const both = await Promise.all(
      [1, 2].map(() => issue(authority, { subject: [O, cn('alice')], days: 5 })),
    );
    const [first, second] = both.map((each) => new X509Certificate(each.certificatePem));
    expect(first?.serialNumber).not.toBe(second?.serialNumber);
    expect(first?.publicKey.equals(second?.publicKey as typeof first.publicKey)).toBe(false);
  });

  it('names beyond ASCII, also below such an authority', async () => {
    const zoes = await createAuthority({ subject: [O, cn('Zoés CA')], days: 10 });
    const { certificatePem } = await issue(zoes, { subject: [O, cn('Zoé 😀')], days: 5 });
    const certificate = new X509Certificate(certificatePem);
    const issuer = new X509Certificate(zoes.certificatePem);
    expect(certificate.checkIssued(issuer)).toBe(true);
    expect(certificate.raw.includes(Buffer.from('Zoé 😀'))).toBe(true);
    expect(certificate.raw.includes(Buffer.from('Zoés CA'))).toBe(true);
  });
});
