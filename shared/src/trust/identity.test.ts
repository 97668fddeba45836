import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { identityOf, makeCertificate } from '../testing/certificates.js';
import { labName } from '../testing/der.js';
import { temporaryFolder } from '../testing/trust.js';
import { loadIdentity } from './identity.js';

const alice = identityOf(makeCertificate({ name: labName('alice') }));
const bob = identityOf(makeCertificate({ name: labName('bob') }));

function files(certificate: string, key: string, mode = 0o600): [string, string] {
  const folder = temporaryFolder();
  const [certificateFile, keyFile] = [join(folder, 'a.crt'), join(folder, 'a.key')];
  writeFileSync(certificateFile, certificate);
  writeFileSync(keyFile, key);
  chmodSync(keyFile, mode);
  return [certificateFile, keyFile];
}

it('reads a certificate and its key', async () => {
  const identity = await loadIdentity(...files(alice.certificatePem, alice.privateKeyPem));
  expect(identity.certificate.subject).toBe('CN=alice,O=Lab');
  expect(identity.privateKey.equals(alice.privateKey)).toBe(true);
});

it.each([0o640, 0o604, 0o620])('refuses a key file of mode %o', async (mode) => {
  const [certificate, key] = files(alice.certificatePem, alice.privateKeyPem, mode);
  await expect(loadIdentity(certificate, key)).rejects.toThrow(`chmod 600 ${key}`);
});

it('refuses the key of another certificate', async () => {
  const [certificate, key] = files(alice.certificatePem, bob.privateKeyPem);
  await expect(loadIdentity(certificate, key)).rejects.toThrow(`${key} is not the key of`);
});

it('names a file that is missing', async () => {
  const [, key] = files(alice.certificatePem, alice.privateKeyPem);
  await expect(loadIdentity('/nowhere.crt', key)).rejects.toThrow('/nowhere.crt');
});
