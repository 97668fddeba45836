import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import forge from 'node-forge';
import { describe, expect, it } from 'vitest';
import { userName } from './names.js';
import { createSigningRequest, readSigningRequest } from './signingRequest.js';
import { openssl, opensslRequest, temporaryFolder } from './testing/tools.js';

const read = (file: string) => readSigningRequest(readFileSync(file, 'utf8'));

describe('makes a request', () => {
  it('that openssl accepts, with the key that it is for', async () => {
    const { privateKeyPem, requestPem } = await createSigningRequest(userName('Lab', 'alice'));
    const folder = temporaryFolder();
    const [key, request] = [join(folder, 'a.key'), join(folder, 'a.csr')];
    writeFileSync(key, privateKeyPem);
    writeFileSync(request, requestPem);
    const text = openssl('req', '-in', request, '-verify', '-noout', '-text');
    expect(text).toContain('self-signature verify OK');
    expect(text).toContain('Subject: O = Lab, OU = users, CN = alice');
    expect(text).toContain('Public-Key: (2048 bit)');
    const publicKey = openssl('pkey', '-in', key, '-pubout');
    expect(openssl('req', '-in', request, '-pubkey', '-noout')).toBe(publicKey);
  });
});

describe('reads', () => {
  it('what openssl makes', () => {
    const request = read(opensslRequest('/O=Lab/CN=Zoé'));
    expect(request).toMatchObject({ organisation: 'Lab', commonName: 'Zoé' });
  });

  it('a unit and does not heed it', () => {
    const request = read(opensslRequest('/O=Lab/OU=services/CN=alice'));
    expect(Object.keys(request).sort()).toEqual([
      'commonName',
      'organisation',
      'publicKey',
      'serverNames',
    ]);
  });
});

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
const SMALL_EXPONENT = ['-newkey', 'rsa', '-pkeyopt', 'rsa_keygen_pubexp:3'];

describe('refuses', () => {
  it.each<[string, string, string, string[]]>([
    ['a key of an elliptic curve', 'The key of the request is not RSA', '/O=Lab/CN=alice', EC],
    ['a short key', 'has 1024 bits', '/O=Lab/CN=alice', ['-newkey', 'rsa:1024']],
    ['a small exponent', 'exponent of the key is below', '/O=Lab/CN=alice', SMALL_EXPONENT],
    ['two names', 'exactly one CN', '/O=Lab/CN=alice/CN=bob', []],
    ['two names in one part', 'exactly one CN', '/O=Lab/CN=alice+CN=bob', []],
    ['no name', 'exactly one CN', '/O=Lab', []],
    ['no organisation', 'exactly one O', '/CN=alice', []],
    ['another attribute', 'has emailAddress', '/O=Lab/CN=alice/emailAddress=a@b.c', []],
  ])('%s', (_, complaint, subject, options) => {
    expect(() => read(opensslRequest(subject, ...options))).toThrow(complaint);
  });

  it('a request of which a bit was changed, in whatever byte', async () => {
    const { requestPem } = await createSigningRequest(userName('Lab', 'alice'));
    const body = forge.pem.decode(requestPem)[0]?.body ?? '';
    const start = body.indexOf('alice');
    for (const index of [start, start + 100, body.length - 100]) {
      const changed = Buffer.from(body, 'latin1');
      changed[index] = (changed[index] ?? 0) ^ 1;
      const pem = forge.pem.encode({
        type: 'CERTIFICATE REQUEST',
        body: changed.toString('latin1'),
      });
      expect(() => readSigningRequest(pem)).toThrow('not signed with its own key');
    }
  });

  it("a request with somebody else's key", async () => {
    const [alice, bob] = await Promise.all(
      ['alice', 'bob'].map((user) => createSigningRequest(userName('Lab', user))),
    );
    const stolen = forge.pki.certificationRequestFromPem(alice?.requestPem ?? '');
    const key = forge.pki.privateKeyFromPem(bob?.privateKeyPem ?? '');
    stolen.sign(key, forge.md.sha256.create());
    const pem = forge.pki.certificationRequestToPem(stolen);
    expect(() => readSigningRequest(pem)).toThrow('not signed with its own key');
  });

  it.each([
    ['nothing', '', 'not a certificate request in PEM'],
    ['something else in PEM', pem('CERTIFICATE', 'x'), 'not a certificate request in PEM'],
    ['no DER', pem('CERTIFICATE REQUEST', 'x'), 'cannot be read'],
    ['another structure', pem('CERTIFICATE REQUEST', '\x30\x03\x02\x01\x01'), 'cannot be read'],
  ])('%s', (_, text, complaint) => {
    expect(() => readSigningRequest(text)).toThrow(complaint);
  });
});

function pem(type: string, body: string): string {
  return forge.pem.encode({ type, body });
}
