import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
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

const HOSTS = ['--host', 'xen1.example.org', '--host', '10.0.0.5'];
const issue = (name: string, ...options: string[]) =>
  succeed('issue-service', '--folder', ca, '--name', name, '--out', at(name), ...options);
const verify = (file: string, ...options: string[]) =>
  openssl('verify', '-CAfile', join(ca, 'ca.crt'), ...options, file);

it('makes a key and a certificate, of a server and of a client', async () => {
  expect((await issue('xen1', ...HOSTS)).split('\n')[0]).toBe('CN=xen1,OU=services,O=Lab');
  const file = at('xen1.crt');
  expect(verify(file, '-purpose', 'sslserver', '-x509_strict')).toContain('OK');
  expect(verify(file, '-purpose', 'sslclient')).toContain('OK');
  expect(verify(file, '-verify_hostname', 'xen1.example.org')).toContain('OK');
  expect(verify(file, '-verify_ip', '10.0.0.5')).toContain('OK');
  expect(() => verify(file, '-verify_hostname', 'xen2.example.org')).toThrow('hostname mismatch');
  expect(statSync(at('xen1.key')).mode & 0o777).toBe(0o600);
  const publicKey = openssl('pkey', '-in', at('xen1.key'), '-pubout');
  expect(openssl('x509', '-in', file, '-pubkey', '-noout')).toBe(publicKey);
});

it('renews with the same hosts', async () => {
  await issue('xen2', ...HOSTS);
  const hosts = () => openssl('x509', '-in', at('xen2.crt'), '-noout', '-ext', 'subjectAltName');
  const before = hosts();
  await succeed('renew', '--folder', ca, 'xen2', '--out', at('xen2.crt'));
  expect(hosts()).toBe(before);
  expect(verify(at('xen2.crt'), '-purpose', 'sslserver')).toContain('OK');
});

it('replaces no file', async () => {
  writeFileSync(at('xen3.key'), 'precious');
  const args = ['--folder', ca, '--name', 'xen3', '--out', at('xen3'), ...HOSTS];
  expect(await refuse('issue-service', ...args)).toContain('xen3.key exists already');
  expect(readFileSync(at('xen3.key'), 'utf8')).toBe('precious');
  expect(await succeed('list', '--folder', ca)).not.toContain('xen3');
});

it('gives a name to one service only', async () => {
  await issue('xen4', ...HOSTS);
  const args = ['--folder', ca, '--name', 'xen4', '--out', at('second'), ...HOSTS];
  expect(await refuse('issue-service', ...args)).toContain('in use by another key');
});

it('asks which is meant if a user and a service have one name', async () => {
  await issue('twin', ...HOSTS);
  await succeed('sign', '--folder', ca, opensslRequest('/O=Lab/CN=twin'));
  expect(await refuse('revoke', '--folder', ca, 'twin')).toBe(
    'vbs-certs: twin could be CN=twin,OU=services,O=Lab or CN=twin,OU=users,O=Lab: give the whole name.\n',
  );
  const revoked = await succeed('revoke', '--folder', ca, 'CN=twin,OU=users,O=Lab');
  expect(revoked).toMatch(/^CN=twin,OU=users,O=Lab: serial \w+ is revoked\n/);
  expect(revoked).not.toContain('services');
});
