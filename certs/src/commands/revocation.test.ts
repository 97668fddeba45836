import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import {
  makeAuthority,
  openssl,
  opensslRequest,
  refuse,
  succeed,
  temporaryFolder,
} from '../testing/tools.js';

let ca: string;

beforeEach(async () => {
  ca = (await makeAuthority()).directory;
});

const revoke = (...args: string[]) => succeed('revoke', '--folder', ca, ...args);
const inCa = (name: string): string => join(ca, name);

/** Certifies a new user. @returns the file of the certificate */
async function certify(user: string): Promise<string> {
  const file = join(temporaryFolder(), `${user}.crt`);
  await succeed('sign', '--folder', ca, opensslRequest(`/O=Lab/CN=${user}`), '--out', file);
  return file;
}

async function renew(user: string): Promise<string> {
  const file = join(temporaryFolder(), `${user}.crt`);
  await succeed('renew', '--folder', ca, user, '--out', file);
  return file;
}

/** Whether openssl accepts a certificate, given the newest list. */
function isAccepted(file: string): boolean {
  const lists = ['-CAfile', inCa('ca.crt'), '-CRLfile', inCa('ca.crl'), '-crl_check'];
  try {
    return openssl('verify', ...lists, file).includes('OK');
  } catch (error) {
    if (String(error).includes('certificate revoked')) return false;
    throw error;
  }
}

const serialOf = (file: string) =>
  openssl('x509', '-in', file, '-noout', '-serial').trim().replace('serial=', '');

it('has openssl refuse what is revoked, and accept the rest', async () => {
  const [alice, bob] = [await certify('alice'), await certify('bob')];
  await succeed('crl', '--folder', ca);
  expect([alice, bob].map(isAccepted)).toEqual([true, true]);
  await revoke('alice', '--reason', 'privilegeWithdrawn');
  await succeed('crl', '--folder', ca);
  expect([alice, bob].map(isAccepted)).toEqual([false, true]);
});

it('numbers the lists, each valid for the days asked for', async () => {
  const list = (...fields: string[]) => openssl('crl', '-in', inCa('ca.crl'), '-noout', ...fields);
  await succeed('crl', '--folder', ca);
  expect(list('-crlnumber')).toMatch(/=(0x)?0*1\n$/);
  expect(await succeed('crl', '--folder', ca, '--days', '3')).toContain(inCa('ca.crl'));
  expect(list('-crlnumber')).toMatch(/=(0x)?0*2\n$/);
  const [last = 0, next = 0] = list('-lastupdate', '-nextupdate')
    .trim()
    .split('\n')
    .map((line) => Date.parse(line.replace(/.*=/, '')));
  expect((next - last) / 86_400_000).toBe(3);
});

it('writes a copy of the list where the services look', async () => {
  const copy = join(temporaryFolder(), 'ca.crl');
  writeFileSync(copy, 'the last one');
  expect(await succeed('crl', '--folder', ca, '--out', copy)).toContain(`${copy}: to be followed`);
  expect(readFileSync(copy, 'utf8')).toBe(readFileSync(inCa('ca.crl'), 'utf8'));
});

it('renews the authority: what it has issued stays good', async () => {
  const alice = await certify('alice');
  const before = readFileSync(inCa('ca.crt'), 'utf8');
  expect(await succeed('renew-authority', '--folder', ca, '--days', '500')).toContain('until');
  expect(readFileSync(inCa('ca.crt'), 'utf8')).not.toBe(before);
  const end = openssl('x509', '-in', inCa('ca.crt'), '-noout', '-enddate').replace(/.*=/, '');
  expect(Math.round((Date.parse(end) - Date.now()) / 86_400_000)).toBe(500);
  const bob = await certify('bob');
  await succeed('crl', '--folder', ca);
  expect([alice, bob].map(isAccepted)).toEqual([true, true]);
});

it('revokes one certificate by its number, and all by the name', async () => {
  const first = await certify('alice');
  const [second, third] = [await renew('alice'), await renew('alice')];
  await revoke(serialOf(first).replace(/..(?!$)/g, '$&:'));
  await succeed('crl', '--folder', ca);
  expect([first, second, third].map(isAccepted)).toEqual([false, true, true]);
  await revoke('alice');
  await succeed('crl', '--folder', ca);
  expect([first, second, third].map(isAccepted)).toEqual([false, false, false]);
});

it('revokes all certificates of a compromised key', async () => {
  const first = await certify('alice');
  const second = await renew('alice');
  await revoke(serialOf(first), '--reason', 'keyCompromise');
  await succeed('crl', '--folder', ca);
  expect([first, second].map(isAccepted)).toEqual([false, false]);
});

it('says so if there is nothing to revoke', async () => {
  await certify('alice');
  await revoke('alice');
  expect(await refuse('revoke', '--folder', ca, 'alice')).toContain('is revoked already');
  expect(await refuse('revoke', '--folder', ca, 'bob')).toContain('no certificate of bob');
});

it('lists what was issued, and its state', async () => {
  const [alice, bob] = [await certify('alice'), await certify('bob')];
  await revoke('alice', '--reason', 'superseded');
  const [head, ...lines] = (await succeed('list', '--folder', ca)).trimEnd().split('\n');
  const cells = lines.map((line) => line.split(/ {2,}/));
  const days = JSON.parse(readFileSync(inCa('index.json'), 'utf8')).certificates.map(
    ({ notAfter }: { notAfter: string }) => notAfter.slice(0, 10),
  );
  expect(head?.split(/ {2,}/)).toEqual(['SERIAL', 'SUBJECT', 'VALID UNTIL', 'STATE']);
  const today = new Date().toISOString().slice(0, 10);
  expect(cells).toEqual([
    [
      serialOf(alice).toLowerCase(),
      'CN=alice,OU=users,O=Lab',
      days[0],
      `revoked ${today} (superseded)`,
    ],
    [serialOf(bob).toLowerCase(), 'CN=bob,OU=users,O=Lab', days[1], 'valid'],
  ]);
});

it('loses nothing when many are at work at once', async () => {
  const users = ['a', 'b', 'c', 'd', 'e', 'f'];
  const files = await Promise.all(users.map(certify));
  await Promise.all([
    ...users.slice(0, 3).map((user) => revoke(user)),
    succeed('crl', '--folder', ca),
  ]);
  await succeed('crl', '--folder', ca);
  expect(files.map(isAccepted)).toEqual([false, false, false, true, true, true]);
  expect(openssl('crl', '-in', inCa('ca.crl'), '-noout', '-crlnumber')).toMatch(/=(0x)?0*2\n$/);
});
