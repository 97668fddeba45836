import { readFileSync, statSync, writeFileSync } from 'node:fs';
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

it.each(['volume-delegates', 'vmm-delegates'])('makes one of the unit %s', async (unit) => {
  const printed = await issue(`of-${unit}`, '--unit', unit, ...HOSTS);
  expect(printed.split('\n')[0]).toBe(`CN=of-${unit},OU=${unit},O=Lab`);
  const services = await succeed('list', '--folder', ca, '--services');
  expect(services).toContain(`CN=of-${unit},OU=${unit},O=Lab`);
});

const ALTERNATIVE = ['-newkey', 'rsa:2048', '-addext', 'subjectAltName=DNS:xen10'];
const signService = (...args: string[]) => succeed('sign-service', '--folder', ca, ...args);

describe('signs a request, so that the key stays on its host', () => {
  const request = (name: string, out = name) =>
    succeed('request', '--service', name, ...HOSTS, '--organisation', 'Lab', '--out', at(out));

  it('for the hosts that are in it', async () => {
    await request('xen5');
    expect(statSync(at('xen5.key')).mode & 0o777).toBe(0o600);
    const printed = await signService(at('xen5.csr'));
    expect(printed).toMatch(/^CN=xen5,OU=services,O=Lab\n.*\nfor xen1.example.org, 10.0.0.5\n$/);
    const file = at('xen5.crt');
    expect(verify(file, '-purpose', 'sslserver', '-x509_strict')).toContain('OK');
    expect(verify(file, '-verify_hostname', 'xen1.example.org')).toContain('OK');
    expect(verify(file, '-verify_ip', '10.0.0.5')).toContain('OK');
    const publicKey = openssl('pkey', '-in', at('xen5.key'), '-pubout');
    expect(openssl('x509', '-in', file, '-pubkey', '-noout')).toBe(publicKey);
  });

  it('for other hosts, if the operator says so', async () => {
    await request('xen6');
    await signService(at('xen6.csr'), '--host', 'other');
    expect(verify(at('xen6.crt'), '-verify_hostname', 'other')).toContain('OK');
    expect(() => verify(at('xen6.crt'), '-verify_ip', '10.0.0.5')).toThrow('IP address mismatch');
  });

  it('of the unit that the operator says', async () => {
    const file = opensslRequest('/O=Lab/OU=volume-delegates/CN=xen10', ...ALTERNATIVE);
    expect(await signService(file)).toContain('CN=xen10,OU=services,O=Lab\n');
    await request('xen11');
    const printed = await signService(at('xen11.csr'), '--unit', 'vmm-delegates');
    expect(printed).toContain('CN=xen11,OU=vmm-delegates,O=Lab\n');
  });

  it('that openssl has made', async () => {
    const names = 'subjectAltName=DNS:xen7,IP:::1';
    const file = opensslRequest('/O=Lab/CN=xen7', '-newkey', 'rsa:2048', '-addext', names);
    expect(await signService(file)).toContain('CN=xen7,OU=services,O=Lab\n');
    expect(verify(file.replace(/csr$/, 'crt'), '-verify_ip', '::1')).toContain('OK');
  });

  it('but none that names no host, or something else', async () => {
    const plain = opensslRequest('/O=Lab/CN=xen8');
    expect(await refuse('sign-service', '--folder', ca, plain)).toContain('names no host');
    for (const name of ['email:x@example.org', 'URI:http://x', 'DNS:*.example.org']) {
      const names = ['-newkey', 'rsa:2048', '-addext', `subjectAltName=${name}`];
      const file = opensslRequest('/O=Lab/CN=xen8', ...names);
      expect(await refuse('sign-service', '--folder', ca, file)).toMatch(
        /lternative|neither a host/,
      );
    }
    expect(await succeed('list', '--folder', ca)).not.toContain('xen8');
  });

  it('of a new key with --replace, which revokes the old one', async () => {
    await request('xen9');
    await signService(at('xen9.csr'));
    await request('xen9', 'xen9-new');
    const args = ['sign-service', '--folder', ca, at('xen9-new.csr')];
    expect(await refuse(...args)).toContain('in use by another key');
    await signService(at('xen9-new.csr'), '--replace');
    const lines = (await succeed('list', '--folder', ca)).split('\n');
    const states = lines.filter((line) => line.includes('CN=xen9,'));
    expect(states).toEqual([
      expect.stringContaining('(superseded)'),
      expect.stringMatching(/valid *$/),
    ]);
  });
});

it('lists services apart from users', async () => {
  await issue('listed', ...HOSTS);
  const names = ['listed', 'a\\\\', 'x,OU=services'];
  for (const name of names)
    await succeed('sign', '--folder', ca, opensslRequest(`/O=Lab/CN=${name}`));
  const list = async (unit: string) =>
    (await succeed('list', '--folder', ca, unit))
      .split('\n')
      .flatMap((line) => / {2}(CN=\S+)/.exec(line)?.[1] ?? []);
  const services = await list('--services');
  const users = await list('--users');
  expect(services).toContain('CN=listed,OU=services,O=Lab');
  expect(services.some((subject) => subject.endsWith(',OU=users,O=Lab'))).toBe(false);
  expect(users.slice(-3).every((subject) => subject.endsWith(',OU=users,O=Lab'))).toBe(true);
  expect(users).toHaveLength(3);
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
