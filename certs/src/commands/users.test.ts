import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  makeAuthority,
  openssl,
  opensslRequest,
  refuse,
  succeed,
  temporaryFolder,
} from '../testing/tools.js';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
let ca: string;

beforeAll(async () => {
  ca = (await makeAuthority()).directory;
});

/** Makes the request of a user of O=Lab. */
async function request(user: string, out = user): Promise<string> {
  await succeed('request', '--user', user, '--organisation', 'Lab', '--out', at(out));
  return at(`${out}.csr`);
}

const sign = (...args: string[]) => succeed('sign', '--folder', ca, ...args);
const refuseToSign = (...args: string[]) => refuse('sign', '--folder', ca, ...args);
const verify = (file: string, ...options: string[]) =>
  openssl('verify', '-CAfile', join(ca, 'ca.crt'), ...options, file);
const details = (file: string) => openssl('x509', '-in', file, '-noout', '-text');

it('takes a user from a request to a certificate, and prints the user id', async () => {
  const printed = await sign(await request('alice'), '--days', '30');
  expect(printed.split('\n')[0]).toBe('CN=alice,OU=users,O=Lab');
  expect(verify(at('alice.crt'), '-purpose', 'sslclient', '-x509_strict')).toContain(': OK');
  const text = details(at('alice.crt'));
  expect(text).toContain('Subject: O = Lab, OU = users, CN = alice');
  expect(text).toMatch(/Key Usage: critical\n\s+Digital Signature\n/);
  expect(text).toMatch(/Extended Key Usage: \n\s+TLS Web Client Authentication\n/);
  expect(text).toMatch(/Basic Constraints: critical\n\s+CA:FALSE\n/);
  expect(text).toContain('sha256WithRSAEncryption');
  const end = openssl('x509', '-in', at('alice.crt'), '-noout', '-enddate').replace(/.*=/, '');
  expect(Math.round((Date.parse(end) - Date.now()) / 86_400_000)).toBe(30);
});

it("keeps the user's key to its owner, and never replaces one", async () => {
  await request('keeper');
  const key = readFileSync(at('keeper.key'), 'utf8');
  expect(statSync(at('keeper.key')).mode & 0o777).toBe(0o600);
  const args = ['request', '--user', 'keeper', '--out', at('keeper')];
  expect(await refuse(...args)).toBe(`vbs-certs: ${at('keeper.key')} exists already.\n`);
  expect(readFileSync(at('keeper.key'), 'utf8')).toBe(key);
});

it('makes nobody a service', async () => {
  const file = opensslRequest('/O=Lab/OU=services/CN=vbslustre');
  expect(await sign(file, '--out', at('mallory.crt'))).toContain('CN=vbslustre,OU=users,O=Lab\n');
  expect(details(at('mallory.crt'))).toContain('Subject: O = Lab, OU = users, CN = vbslustre');
});

it('writes the user id as openssl does', async () => {
  const names = ['Zoé', 'a,b+c', '#1 "x" <y>;z\\', 'a=b'];
  for (const [index, name] of names.entries()) {
    const [printed] = (await sign(await request(name, `odd${index}`))).split('\n');
    const options = ['-nameopt', 'RFC2253,-esc_msb,utf8'];
    const judged = openssl('x509', '-in', at(`odd${index}.crt`), '-noout', '-subject', ...options);
    expect(printed).toBe(judged.trim().replace(/^subject=/, ''));
  }
});

it('takes no name of another organisation', async () => {
  expect(await refuseToSign(opensslRequest('/O=Other/CN=alice'))).toBe(
    'vbs-certs: The request is for O=Other; this is the authority of O=Lab.\n',
  );
});

describe('one subject is one identity', () => {
  it('so another key does not get a name that is in use, nor one that looks like it', async () => {
    await sign(await request('bob'));
    for (const name of ['bob', 'BOB', 'ｂob']) {
      const other = opensslRequest(`/O=Lab/CN=${name}`);
      for (const options of [[], ['--renew']]) {
        expect(await refuseToSign(other, ...options)).toContain('in use by another key');
      }
    }
  });

  it('but gets it once the old one is revoked', async () => {
    await sign(await request('carol'));
    await succeed('revoke', '--folder', ca, 'carol');
    expect(await sign(await request('carol', 'carol2'))).toContain('CN=carol,OU=users,O=Lab');
  });

  it('but the same key gets another certificate with --renew', async () => {
    const file = await request('dora');
    await sign(file);
    const first = readFileSync(at('dora.crt'), 'utf8');
    expect(await refuseToSign(file)).toContain('renew it to have another one');
    await sign(file, '--renew');
    expect(readFileSync(at('dora.crt'), 'utf8')).not.toBe(first);
    expect(verify(at('dora.crt'))).toContain('OK');
  });

  it('but another key gets it with --replace, which revokes the old one', async () => {
    await sign(await request('kate'));
    const next = await request('kate', 'kate-new');
    await sign(next, '--replace');
    const states = (await succeed('list', '--folder', ca))
      .split('\n')
      .flatMap((line) => / CN=kate,.* (valid|revoked) */.exec(line)?.[1] ?? []);
    expect(states).toEqual(['revoked', 'valid']);
    expect(await refuseToSign(next, '--replace')).toContain('no certificate of another key');
    const lookalike = opensslRequest('/O=Lab/CN=KATE');
    expect(await refuseToSign(lookalike, '--replace')).toContain('in use by another key');
  });

  it('and --replace is not a way to have a first one', async () => {
    const file = await request('laura');
    expect(await refuseToSign(file, '--replace')).toContain('no certificate of another key');
  });

  it('and --renew is not a way to have a first one', async () => {
    const file = await request('first');
    expect(await refuseToSign(file, '--renew')).toContain('no certificate that could be renewed');
  });

  it('and a compromised key gets nothing any more, under whatever name', async () => {
    const file = await request('erin');
    await sign(file);
    await succeed('revoke', '--folder', ca, 'erin', '--reason', 'keyCompromise');
    expect(await refuseToSign(file)).toContain('revoked as compromised');
    const key = at('erin.key');
    const other = at('other.csr');
    openssl('req', '-new', '-key', key, '-out', other, '-subj', '/O=Lab/CN=frank');
    expect(await refuseToSign(other)).toContain('revoked as compromised');
  });
});

describe('renews', () => {
  it('with the same key and subject', async () => {
    await sign(await request('gina'));
    const field = (name: string) => openssl('x509', '-in', at('gina.crt'), '-noout', name);
    const [key, subject, serial] = [field('-pubkey'), field('-subject'), field('-serial')];
    await succeed('renew', '--folder', ca, 'gina', '--out', at('gina.crt'));
    expect([field('-pubkey'), field('-subject')]).toEqual([key, subject]);
    expect(field('-serial')).not.toBe(serial);
    expect(verify(at('gina.crt'), '-purpose', 'sslclient')).toContain('OK');
  });

  it('nothing that is revoked', async () => {
    await sign(await request('hugo'));
    await succeed('revoke', '--folder', ca, 'hugo');
    expect(await refuse('renew', '--folder', ca, 'hugo')).toContain('is revoked: sign a new');
  });

  it('nothing that it has not issued', async () => {
    expect(await refuse('renew', '--folder', ca, 'nobody')).toBe(
      'vbs-certs: There is no certificate of nobody.\n',
    );
  });
});

describe('hands a certificate out', () => {
  it('but never over the authority or somebody else', async () => {
    const before = readFileSync(join(ca, 'ca.crt'), 'utf8');
    const complaint = await refuseToSign(await request('ivan'), '--out', join(ca, 'ca.crt'));
    expect(complaint).toContain('is something else and stays');
    expect(readFileSync(join(ca, 'ca.crt'), 'utf8')).toBe(before);
    const kept = /issued\/\w+\.crt/.exec(complaint)?.[0] ?? '';
    expect(details(join(ca, kept))).toContain('CN = ivan');
  });

  it('not at all without a record of all others', async () => {
    const other = (await makeAuthority()).directory;
    rmSync(join(other, 'index.json'));
    expect(await refuse('sign', '--folder', other, await request('jane'))).toContain(
      'index.json is missing: restore it from a backup',
    );
  });
});
