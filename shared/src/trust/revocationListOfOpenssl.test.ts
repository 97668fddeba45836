import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ecKeys, type Issued, makeAuthority, rsaKeys } from '../testing/certificates.js';
import { temporaryFolder } from '../testing/trust.js';
import { readCertificate } from './certificate.js';
import { readRevocationList } from './revocationList.js';

/** Has openssl make a list: of two revoked certificates, by a key of whatever kind. */
function opensslList(authority: Issued, digest: string): string {
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder, name);
  writeFileSync(at('ca.crt'), authority.pem);
  writeFileSync(at('ca.key'), authority.keys.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const revoked = (number: string, why: string): string =>
    `R\t300101000000Z\t260101000000Z,${why}\t${number}\tunknown\t/CN=x\n`;
  writeFileSync(at('index.txt'), revoked('40AA', 'keyCompromise') + revoked('0B', 'superseded'));
  writeFileSync(at('number'), '0A\n');
  writeFileSync(
    at('ca.cnf'),
    `[ca]\ndefault_ca=a\n[a]\ndatabase=${at('index.txt')}\ncrlnumber=${at('number')}\n`,
  );
  const files = ['-cert', at('ca.crt'), '-keyfile', at('ca.key'), '-out', at('ca.crl')];
  const args = ['ca', '-config', at('ca.cnf'), '-gencrl', ...files, '-md', digest, '-crldays', '7'];
  const { error, status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (error) throw new Error(`openssl is needed to make a revocation list (${error.message})`);
  if (status !== 0) throw new Error(stderr);
  return readFileSync(at('ca.crl'), 'utf8');
}

it.each([
  ['RSA', 'sha256', rsaKeys],
  ['RSA', 'sha512', rsaKeys],
  ['EC', 'sha384', ecKeys],
])('reads what openssl makes with a key of %s and %s', (_, digest, makeKeys) => {
  const authority = makeAuthority('CA', 'Lab', { keys: makeKeys() });
  const pem = opensslList(authority, digest);
  const bytes = Buffer.from(pem.replace(/-----.*/g, ''), 'base64');
  for (const list of [readRevocationList(Buffer.from(pem)), readRevocationList(bytes)]) {
    expect([...list.revokedSerials].sort()).toEqual(['40aa', 'b']);
    expect(list.nextUpdate.getTime() - list.thisUpdate.getTime()).toBe(7 * 86_400_000);
    expect(list.isSignedBy(readCertificate(authority.der))).toBe(true);
    expect(list.isSignedBy(readCertificate(makeAuthority().der))).toBe(false);
  }
});
