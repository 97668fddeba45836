import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueUser, makeAuthority } from '@vbs-lustre/shared/testing/certificates';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { captured } from '../testing/io.js';
import { vbs } from '../vbs.js';

const folder = mkdtempSync(join(tmpdir(), 'vbs-cli-'));
const at = (name: string): string => join(folder, name);
const env = { VBS_CONFIG: at('config.json') };
const FILES = [
  ...['--certificate', at('alice.crt'), '--private-key', at('alice.key')],
  ...['--authority', at('ca.crt')],
];

beforeAll(() => {
  const ca = makeAuthority();
  const alice = issueUser(ca, 'alice');
  writeFileSync(at('alice.crt'), alice.certificatePem);
  writeFileSync(at('alice.key'), alice.privateKeyPem, { mode: 0o600 });
  writeFileSync(at('ca.crt'), ca.pem);
});

beforeEach(() => rmSync(env.VBS_CONFIG, { force: true }));

afterAll(() => rmSync(folder, { recursive: true }));

/** @param answers given on a terminal; undefined: there is none */
async function configure(answers: string | undefined, ...args: string[]) {
  const io = captured(env);
  if (answers !== undefined) io.stdin.isTTY = true;
  io.stdin.end(answers);
  await vbs(io).parseAsync(['configure', ...args], { from: 'user' });
  return io.printed;
}

const profiles = () => JSON.parse(readFileSync(env.VBS_CONFIG, 'utf8')).profiles;

const WRITTEN = {
  endpoint: ['https://a:1/vbslustre', 'https://b:2/vbslustre'],
  certificate: at('alice.crt'),
  privateKey: at('alice.key'),
  authority: at('ca.crt'),
};

it('writes what the flags say', async () => {
  await configure(undefined, ...FILES, '--endpoint', 'https://a:1,https://b:2', '--vmm', 'host1');
  expect(profiles()).toEqual({ default: { ...WRITTEN, vmm: 'host1' } });
});

it('asks for everything on a terminal', async () => {
  const answers = ['https://a:1, https://b:2', at('alice.crt'), at('alice.key'), at('ca.crt')];
  const { stderr } = await configure(`${answers.join('\n')}\n\nhost1\n`, '--profile', 'lab');
  expect(stderr).toContain('Who signs the answers [CN=vbslustre,OU=services,O=VBS-Lustre]: ');
  const service = 'CN=vbslustre,OU=services,O=VBS-Lustre';
  expect(profiles()).toEqual({ lab: { ...WRITTEN, service, vmm: 'host1' } });
});

it('keeps what the profile has', async () => {
  await configure(undefined, ...FILES, '--endpoint', 'https://a:1,https://b:2', '--output', 'tsv');
  await configure('\n\n\n\nCN=other\n\n');
  expect(profiles()).toEqual({ default: { ...WRITTEN, service: 'CN=other', output: 'tsv' } });
});

it('writes nothing that can not work', async () => {
  const complaint = async (...args: Parameters<typeof configure>) =>
    configure(...args).catch(({ exitCode, message }) => ({ exitCode, message }));
  expect(await complaint(undefined, ...FILES)).toEqual({
    exitCode: 2,
    message: 'Not everything is set: give --endpoint URL or VBS_ENDPOINT, or run vbs configure.',
  });
  const noFile = ['--certificate', at('none.crt'), '--endpoint', 'https://a:1'];
  expect(await complaint(undefined, ...FILES, ...noFile)).toMatchObject({
    message: expect.stringContaining('none.crt cannot be read'),
  });
  expect(await complaint('https://a:1\n', ...FILES)).toMatchObject({
    message: 'The questions were not all answered.',
  });
  expect(profiles).toThrow('ENOENT');
});
