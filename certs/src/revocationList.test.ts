import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createAuthority, type KeyPair } from './authority.js';
import { createRevocationList, REASONS, type RevokedCertificate } from './revocationList.js';
import { openssl, temporaryFolder } from './testing/tools.js';

const folder = temporaryFolder();
const authorityFile = join(folder, 'ca.crt');
const file = join(folder, 'ca.crl');

const authority: KeyPair = await createAuthority({
  subject: [
    { shortName: 'O', value: 'Zoés Lab' },
    { shortName: 'CN', value: 'CA' },
  ],
  days: 10,
});
writeFileSync(authorityFile, authority.certificatePem);

const thisUpdate = new Date('2026-05-04T03:02:01Z');
const at = new Date('2026-01-02T03:04:05Z');

/** What openssl reads in a list, whose signature it has verified. */
function judge(
  revoked: readonly RevokedCertificate[],
  number = 1,
  nextUpdate = new Date('2026-05-11T03:02:01Z'),
): string {
  const fields = { number, thisUpdate, nextUpdate, revoked };
  writeFileSync(file, createRevocationList(authority, fields));
  const text = openssl('crl', '-in', file, '-CAfile', authorityFile, '-verify', '-noout', '-text');
  expect(text).toContain('verify OK');
  return text;
}

it('is a list of version 2 of the authority, signed with SHA-256', () => {
  const text = judge([], 300);
  expect(text).toContain('Version 2 (0x1)');
  expect(text.match(/sha256WithRSAEncryption/g)).toHaveLength(2);
  expect(text).toContain('Last Update: May  4 03:02:01 2026 GMT');
  expect(text).toContain('Next Update: May 11 03:02:01 2026 GMT');
  expect(text).toMatch(/X509v3 CRL Number: \n\s*300/);
  const hash = (kind: string, from: string) => openssl(kind, '-in', from, '-noout', '-hash');
  expect(hash('crl', file)).toBe(hash('x509', authorityFile));
  const identifier = /[\dA-F]{2}(:[\dA-F]{2}){19}/;
  const own = openssl('x509', '-in', authorityFile, '-noout', '-ext', 'subjectKeyIdentifier');
  expect(identifier.exec(text)?.[0]).toBe(identifier.exec(own)?.[0]);
});

it('has no part for revoked certificates where there are none', () => {
  expect(judge([])).toContain('No Revoked Certificates.');
  expect(openssl('asn1parse', '-in', file)).not.toMatch(/l= *0 cons: SEQUENCE/);
});

it('says which are revoked, when and why', () => {
  const reasons = Object.keys(REASONS) as RevokedCertificate['reason'][];
  const text = judge(reasons.map((reason, index) => ({ serial: `40${index}a`, at, reason })));
  expect(text.match(/Serial Number: \w+/g)).toEqual(
    reasons.map((_, index) => `Serial Number: 40${index}A`),
  );
  expect(text.match(/Revocation Date: .*/g)).toEqual(
    Array(reasons.length).fill('Revocation Date: Jan  2 03:04:05 2026 GMT'),
  );
  expect(text.match(/(?<=Reason Code: \n\s*)\w.*/g)).toEqual([
    'Key Compromise',
    'Affiliation Changed',
    'Superseded',
    'Cessation Of Operation',
    'Privilege Withdrawn',
  ]);
});

it('keeps a serial number positive', () => {
  expect(judge([{ serial: 'ff01', at, reason: 'superseded' }])).toContain('Serial Number: FF01');
});

it('tells the time beyond 2049', () => {
  const text = judge([], 1, new Date('2051-02-03T04:05:06Z'));
  expect(text).toContain('Next Update: Feb  3 04:05:06 2051 GMT');
  expect(openssl('asn1parse', '-in', file)).toContain('GENERALIZEDTIME   :20510203040506Z');
});

it('is refused by the judge once a byte is changed', () => {
  judge([{ serial: '40aa', at, reason: 'superseded' }]);
  const der = Buffer.from(
    openssl('crl', '-in', file, '-outform', 'PEM').replace(/-----.*/g, ''),
    'base64',
  );
  der[der.indexOf(Buffer.from([0x40, 0xaa])) + 1] = 0xab;
  writeFileSync(file, der);
  const verdict = openssl(
    'crl',
    '-inform',
    'DER',
    '-in',
    file,
    '-CAfile',
    authorityFile,
    '-noout',
    '-verify',
  );
  expect(verdict).toContain('verify failure');
});
