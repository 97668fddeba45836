import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openssl, refuse, succeed, temporaryFolder } from '../testing/tools.js';
import { run } from './run.js';

it('makes an authority', async () => {
  const folder = join(temporaryFolder(), 'new', 'ca');
  await succeed('init', '--folder', folder, '--organisation', 'Lab', '--name', 'Our CA');
  expect(readdirSync(folder).sort()).toEqual(['ca.crt', 'ca.key', 'index.json']);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, 'ca.key')).mode & 0o777).toBe(0o600);
  const certificate = join(folder, 'ca.crt');
  const text = openssl('x509', '-in', certificate, '-noout', '-text');
  expect(text).toContain('Subject: O = Lab, CN = Our CA');
  expect(text).toMatch(/Basic Constraints: critical\n\s+CA:TRUE, pathlen:0\n/);
  expect(text).toMatch(/Key Usage: critical\n\s+Certificate Sign, CRL Sign\n/);
  expect(openssl('verify', '-x509_strict', '-CAfile', certificate, certificate)).toContain('OK');
});

it.each(['ca.crt', 'ca.key', 'index.json'])('makes none where there is a %s', async (name) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, name), 'precious');
  expect(await refuse('init', '--folder', folder)).toContain('has an authority already');
  expect(readdirSync(folder)).toEqual([name]);
});

const NEEDS_AUTHORITY = [
  ['renew', 'alice'],
  ['revoke', 'alice'],
  ['crl'],
  ['renew-authority'],
  ['issue-service', '--name', 'xen1', '--host', 'xen1'],
];

it.each(NEEDS_AUTHORITY)('%s says how to make the authority that is missing', async (...args) => {
  const folder = temporaryFolder();
  expect(await refuse(...args, '--folder', folder)).toBe(
    `vbs-certs: ${folder} has no certificate authority: make one with init.\n`,
  );
});

it('says which file it cannot read', async () => {
  expect(await refuse('sign', '--folder', 'x', '/nowhere/alice.csr')).toContain(
    '/nowhere/alice.csr',
  );
});

it.each<[string, string[]]>([
  ['A command is needed.', []],
  ['There is no command frobnicate.', ['frobnicate']],
  ['--folder is needed.', ['init']],
  ['--folder is needed.', ['list', '--folder=']],
  ['--user is needed.', ['request']],
  ['--host is needed.', ['request', '--service', 'xen1']],
  ['--user or --service: not both.', ['request', '--service', 'x', '--user', 'x']],
  ['--users or --services: not both.', ['list', '--folder', 'x', '--users', '--services']],
  ['--host is needed.', ['issue-service', '--folder', 'x', '--name', 'xen1']],
  [
    '--unit is one of services, volume-delegates, vmm-delegates.',
    ['issue-service', '--folder', 'x', '--name', 'xen1', '--host', 'x', '--unit', 'users'],
  ],
  ["Unknown option '--colour'", ['init', '--folder', 'x', '--colour', 'red']],
  ["Unexpected argument 'y'", ['list', '--folder', 'x', 'y']],
  ['One name is needed.', ['renew', '--folder', 'x']],
  ['One name is needed.', ['renew', '--folder', 'x', 'alice', 'bob']],
  ['--reason is one of unspecified,', ['revoke', '--folder', 'x', 'a', '--reason', 'toString']],
  ...['0', '-1', '1.5', '36501', '1e3', 'x'].map((days): [string, string[]] => [
    '--days takes a number from 1 to 36500.',
    ['init', '--folder', 'x', `--days=${days}`],
  ]),
])('%s', async (complaint, args) => {
  const { exitCode, stdout, stderr } = await run(args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(`vbs-certs: ${complaint}`);
  expect(stderr).toContain('--help');
});

it('helps', async () => {
  const all = await succeed('--help');
  const commands = [
    ...['init', 'request', 'sign', 'sign-service', 'issue-service', 'renew', 'renew-authority'],
    ...['revoke', 'crl', 'list'],
  ];
  expect([...all.matchAll(/^vbs-certs (\S+)/gm)].map(([, name]) => name)).toEqual(commands);
  expect(await succeed('crl', '--help')).toMatch(/^vbs-certs crl --folder DIR .*\n {4}.*\n$/);
});
