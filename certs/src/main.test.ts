import { execFile, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { openssl, temporaryFolder } from './testing/tools.js';

const program = fileURLToPath(new URL('../bin/vbs-certs.js', import.meta.url));
const folder = temporaryFolder();

/** Runs the compiled command as a process of its own, in the folder. */
function vbsCerts(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

it('does what the README says, in the folder where one is', () => {
  expect(vbsCerts('init', '--folder', 'ca')).toMatchObject({ status: 0, stderr: '' });
  expect(vbsCerts('request', '--user', 'alice').status).toBe(0);
  const signed = vbsCerts('sign', '--folder', 'ca', 'alice.csr');
  expect(signed.stdout).toMatch(/^CN=alice,OU=users,O=VBS-Lustre\nalice\.crt: serial /);
  expect(vbsCerts('renew', '--folder', 'ca', 'alice').stdout).toContain('alice.crt');
  expect(
    vbsCerts('issue-service', '--folder', 'ca', '--name', 'xen1', '--host', 'xen1').status,
  ).toBe(0);
  expect(vbsCerts('revoke', '--folder', 'ca', 'alice').status).toBe(0);
  expect(vbsCerts('crl', '--folder', 'ca').status).toBe(0);
  expect(vbsCerts('list', '--folder', 'ca').stdout.match(/ (valid|revoked) /g)).toHaveLength(2);
  const at = (name: string) => join(folder, name);
  const lists = ['-CAfile', at('ca/ca.crt'), '-CRLfile', at('ca/ca.crl'), '-crl_check'];
  expect(openssl('verify', ...lists, at('xen1.crt'))).toContain('OK');
  expect(() => openssl('verify', ...lists, at('alice.crt'))).toThrow('certificate revoked');
});

it('can be run by itself, as npm links it', () => {
  expect(statSync(program).mode & 0o111).toBe(0o111);
  expect(spawnSync(program, ['--help'], { encoding: 'utf8' }).stdout).toContain('vbs-certs init');
});

it('says so if it is not compiled', () => {
  mkdirSync(join(folder, 'bare', 'bin'), { recursive: true });
  copyFileSync(program, join(folder, 'bare', 'bin', 'vbs-certs.mjs'));
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(folder, 'bare', 'bin', 'vbs-certs.mjs')],
    { encoding: 'utf8' },
  );
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: 'vbs-certs: It is not compiled yet: npm run build\n',
  });
});

it('ends with 1 and one sentence where it refuses, with 2 where it does not understand', () => {
  const folderOfNone = ['--folder', 'none'];
  const complaint = 'vbs-certs: none has no certificate authority: make one with init.\n';
  expect(vbsCerts('crl', ...folderOfNone)).toEqual({ status: 1, stdout: '', stderr: complaint });
  expect(vbsCerts('crl').status).toBe(2);
});

it('records what many processes issue at once, after one of them died', async () => {
  expect(vbsCerts('init', '--folder', 'busy').status).toBe(0);
  const dead = { pid: spawnSync('true').pid, host: hostname(), id: 'aa' };
  const lock = join(folder, 'busy', 'lock');
  writeFileSync(lock, JSON.stringify(dead));
  const names = ['s1', 's2', 's3', 's4'];
  await Promise.all(
    names.map((name) =>
      promisify(execFile)(
        process.execPath,
        [program, 'issue-service', '--folder', 'busy', '--name', name, '--host', name],
        { cwd: folder },
      ),
    ),
  );
  const { certificates } = JSON.parse(readFileSync(join(folder, 'busy', 'index.json'), 'utf8'));
  const subjects = certificates.map(({ subject }: { subject: string }) => subject);
  expect(subjects.sort()).toEqual(names.map((name) => `CN=${name},OU=services,O=VBS-Lustre`));
  expect(existsSync(lock)).toBe(false);
});
