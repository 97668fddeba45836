import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../commandError.js';
import { configFile, writeProfile } from './profiles.js';
import { certificateOf, endpointsIn, forConnection, readSettings } from './settings.js';

const folder = mkdtempSync(join(tmpdir(), 'vbs-cli-'));
const file = join(folder, 'config.json');
const env = { VBS_CONFIG: file };

afterAll(() => rmSync(folder, { recursive: true }));

const write = (config: unknown): void => writeFileSync(file, JSON.stringify(config));

beforeEach(() =>
  write({
    profiles: {
      default: { endpoint: ['https://a:1', 'https://b:2'], certificate: 'me.crt', output: 'tsv' },
      lab: { endpoint: 'https://lab:8443/other', vmm: 'host1' },
    },
  }),
);

function complaint(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

describe('settings', () => {
  it('come from the default profile', () => {
    expect(readSettings({}, env)).toEqual({
      endpoints: ['https://a:1/vbslustre', 'https://b:2/vbslustre'],
      certificate: join(folder, 'me.crt'),
      privateKey: undefined,
      authority: undefined,
      service: 'CN=vbslustre,OU=services,O=VBS-Lustre',
      vmm: undefined,
      output: 'tsv',
    });
  });

  it('come from the profile that is named', () => {
    const lab = { endpoints: ['https://lab:8443/other'], vmm: 'host1', output: 'table' };
    expect(readSettings({ profile: 'lab' }, env)).toMatchObject(lab);
    expect(readSettings({}, { ...env, VBS_PROFILE: 'lab' })).toMatchObject(lab);
  });

  it('come from variables before the profile, and from flags before them', () => {
    const variables = { ...env, VBS_OUTPUT: 'json', VBS_VMM: 'host2', VBS_CERTIFICATE: '' };
    expect(readSettings({ vmm: 'host3' }, variables)).toMatchObject({
      output: 'json',
      vmm: 'host3',
      certificate: join(folder, 'me.crt'),
    });
    const endpoints = { ...env, VBS_ENDPOINT: 'https://c:3, https://d:4/' };
    expect(readSettings({}, endpoints).endpoints).toEqual([
      'https://c:3/vbslustre',
      'https://d:4/vbslustre',
    ]);
    expect(readSettings({ endpoint: ['https://e'] }, endpoints).endpoints).toEqual([
      'https://e/vbslustre',
    ]);
  });

  it('need no file', () => {
    const nowhere = { XDG_CONFIG_HOME: join(folder, 'none') };
    expect(configFile(nowhere)).toBe(join(folder, 'none', 'vbs', 'config.json'));
    expect(readSettings({ certificate: 'x' }, nowhere)).toMatchObject({ certificate: 'x' });
  });
});

describe('one sentence says what to do', () => {
  it('if there is no such profile', () => {
    expect(complaint(() => readSettings({ profile: 'other' }, env))).toBe(
      `There is no profile other in ${file} (it has: default, lab); make it with: vbs configure --profile other.`,
    );
  });

  it('if the file that is named is not there', () => {
    const missing = join(folder, 'missing.json');
    expect(complaint(() => readSettings({}, { VBS_CONFIG: missing }))).toBe(
      `The configuration file ${missing} cannot be read: there is no such file; make it with vbs configure, or set VBS_CONFIG.`,
    );
  });

  it.each([
    ['{', /Expected property name|JSON/],
    ['[]', /expected object/],
    ['{"profiles":{"default":{"colour":"red"}}}', /profiles\.default: .*colour/],
    ['{"profiles":{"default":{"output":"xml"}}}', /profiles\.default\.output: /],
  ])('if the file is wrong: %s', (text, reason) => {
    writeFileSync(file, text);
    const sentence = complaint(() => readSettings({}, env));
    expect(sentence).toMatch(reason);
    expect(sentence).toContain('run vbs configure.');
    expect(sentence).not.toContain('\n');
  });

  it('if something is missing', () => {
    expect(complaint(() => forConnection(readSettings({}, env)))).toBe(
      'Not everything is set: give --private-key FILE or VBS_PRIVATE_KEY, --authority FILE or VBS_AUTHORITY, or run vbs configure.',
    );
    expect(complaint(() => certificateOf(readSettings({ profile: 'lab' }, env)))).toContain(
      '--certificate FILE or VBS_CERTIFICATE',
    );
  });

  it('if an endpoint or output is none', () => {
    expect(complaint(() => endpointsIn(['http://a']))).toContain('The endpoint http://a');
    expect(complaint(() => endpointsIn(['lab:8443,']))).toContain('The endpoint lab:8443');
    expect(complaint(() => readSettings({}, { ...env, VBS_OUTPUT: 'xml' }))).toContain('xml');
  });
});

it('writes a profile beside the others, for its owner only', () => {
  writeProfile(env, 'new', { vmm: 'host9' });
  expect(JSON.parse(readFileSync(file, 'utf8')).profiles).toMatchObject({
    lab: { vmm: 'host1' },
    new: { vmm: 'host9' },
  });
  expect(statSync(file).mode & 0o077).toBe(0);
});
