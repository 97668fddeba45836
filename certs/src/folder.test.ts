import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AuthorityFolder } from './authorityFolder.js';
import { CertificateFolder } from './folder.js';

const subject = (value: string) => [{ shortName: 'CN', value } as const];
let root: string;
let folder: CertificateFolder;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'certs-'));
  folder = new CertificateFolder(join(root, 'pki'));
});

afterEach(() => rm(root, { recursive: true }));

it('makes what is missing, and the keys for their owner only', async () => {
  const authority = await folder.ensureAuthority({ subject: subject('CA'), days: 1 });
  await folder.ensureIssued('alice', authority, { subject: subject('alice'), days: 1 });
  expect((await readdir(folder.directory)).sort()).toEqual([
    'alice.crt',
    'alice.key',
    'ca.crt',
    'ca.key',
    'index.json',
    'issued',
  ]);
  for (const name of ['ca', 'alice']) {
    expect((await stat(folder.key(name))).mode & 0o777).toBe(0o600);
    expect((await stat(folder.certificate(name))).mode & 0o777).toBe(0o644);
  }
});

it('keeps what is there', async () => {
  const first = await folder.ensureAuthority({ subject: subject('CA'), days: 1 });
  const again = await folder.ensureAuthority({ subject: subject('Other'), days: 1 });
  expect(again).toEqual(first);
  expect(await readFile(folder.certificate('ca'), 'utf8')).toBe(first.certificatePem);
});

it('replaces a certificate of another subject', async () => {
  const authority = await folder.ensureAuthority({ subject: subject('CA'), days: 1 });
  const former = await folder.ensureIssued('x', authority, { subject: subject('ålice'), days: 1 });
  const kept = await folder.ensureIssued('x', authority, { subject: subject('ålice'), days: 1 });
  expect(kept).toEqual(former);
  const made = await folder.ensureIssued('x', authority, { subject: subject('bob'), days: 1 });
  expect(made.privateKeyPem).not.toBe(former.privateKeyPem);
  expect(await readFile(folder.key('x'), 'utf8')).toBe(made.privateKeyPem);
});

it('makes both anew if only the key is there', async () => {
  await folder.ensureAuthority({ subject: subject('CA'), days: 1 });
  const old = await readFile(folder.key('ca'), 'utf8');
  await rm(folder.certificate('ca'));
  const { privateKeyPem } = await folder.ensureAuthority({ subject: subject('CA'), days: 1 });
  expect(privateKeyPem).not.toBe(old);
  expect(await readFile(folder.key('ca'), 'utf8')).toBe(privateKeyPem);
});

it('records what it issues, and revokes what it replaces', async () => {
  const authority = await folder.ensureAuthority({ subject: subject('CA'), days: 1 });
  const issueAlice = () =>
    folder.ensureIssued('alice', authority, { subject: subject('alice'), days: 1 });
  await issueAlice();
  await issueAlice();
  await rm(folder.certificate('alice'));
  const { certificatePem } = await issueAlice();
  const entries = await new AuthorityFolder(folder.directory).list();
  expect(entries.map(({ subject, revoked }) => [subject, revoked?.reason])).toEqual([
    ['CN=alice', 'superseded'],
    ['CN=alice', undefined],
  ]);
  const issued = join(folder.directory, 'issued', `${entries[1]?.serial}.crt`);
  expect(await readFile(issued, 'utf8')).toBe(certificatePem);
});

it('issues a name once, however many ask for it at the same time', async () => {
  const authority = await folder.ensureAuthority({ subject: subject('CA'), days: 1 });
  const pairs = await Promise.all(
    Array.from({ length: 5 }, () =>
      folder.ensureIssued('alice', authority, { subject: subject('alice'), days: 1 }),
    ),
  );
  expect(new Set(pairs.map(({ certificatePem }) => certificatePem)).size).toBe(1);
});

it('adopts a folder without a record', async () => {
  const authority = await folder.ensureAuthority({ subject: subject('CA'), days: 1 });
  await rm(join(folder.directory, 'index.json'));
  await folder.ensureIssued('alice', authority, { subject: subject('alice'), days: 1 });
  expect(await new AuthorityFolder(folder.directory).list()).toHaveLength(1);
});
