import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueUser, makeAuthority } from '@vbs-lustre/shared/testing/certificates';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkFiles, readUserCertificate } from './files.js';

const folder = mkdtempSync(join(tmpdir(), 'vbs-cli-'));
const certificate = join(folder, 'alice.crt');
const privateKey = join(folder, 'alice.key');
const authority = join(folder, 'ca.crt');
const files = { certificate, privateKey, authority };

beforeAll(() => {
  const ca = makeAuthority();
  const alice = issueUser(ca, 'alice');
  writeFileSync(certificate, alice.certificatePem);
  writeFileSync(privateKey, alice.privateKeyPem, { mode: 0o600 });
  writeFileSync(authority, ca.pem);
});

afterAll(() => rmSync(folder, { recursive: true }));

const complaint = (changes: Partial<typeof files>) =>
  checkFiles({ ...files, ...changes }).then(
    () => 'accepted',
    (error: Error) => error.message,
  );

it('takes what is as it should be', async () => {
  expect(await complaint({})).toBe('accepted');
  expect(readUserCertificate(certificate).subject).toBe('CN=alice,O=Lab');
});

it('names the file that is not there', async () => {
  for (const [setting, what] of [
    ['certificate', 'certificate'],
    ['privateKey', 'private key'],
    ['authority', 'authority'],
  ] as const) {
    expect(await complaint({ [setting]: '/nowhere/x' })).toMatch(
      new RegExp(`^The ${what} /nowhere/x cannot be read: there is no such file; give another one`),
    );
  }
});

it('names the file that is something else', async () => {
  expect(await complaint({ certificate: privateKey })).toBe(
    `The certificate ${privateKey} is none in PEM.`,
  );
  expect(await complaint({ authority: privateKey })).toContain(
    `The authority ${privateKey} cannot be used: it holds a private key`,
  );
});

it('wants a private key that nobody else can read, and of this certificate', async () => {
  const other = join(folder, 'other.key');
  writeFileSync(other, 'nonsense', { mode: 0o600 });
  expect(await complaint({ privateKey: other })).toBe(
    `The private key ${other} is none in PEM without a passphrase.`,
  );
  writeFileSync(other, issueUser(makeAuthority(), 'bob').privateKeyPem);
  expect(await complaint({ privateKey: other })).toContain(`is not the key of ${certificate}`);
  chmodSync(other, 0o644);
  expect(await complaint({ privateKey: other })).toBe(
    `The private key ${other} can be read by others; run: chmod 600 ${other}.`,
  );
});
