import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { path, readSettings, SettingsError, variableOf } from './settings.js';
import { temporaryFolder } from './testing/trust.js';

const schema = z.object({
  name: z.string().default('nobody'),
  port: z.number().int().min(1),
  maxJobs: z.number().int().default(4),
  verbose: z.boolean().default(false),
  peers: z.array(z.strictObject({ url: z.string() })).default([]),
  folder: path().optional(),
});

function configFile(content: unknown): string {
  const file = join(temporaryFolder(), 'config.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

function read(env: Record<string, string>, config?: unknown) {
  const argv = config === undefined ? [] : ['--config', configFile(config)];
  return readSettings('TEST', schema, { argv, env });
}

it('takes the file, over it the variables, under it the defaults', () => {
  const settings = read({ TEST_PORT: '2', OTHER: 'x' }, { port: 1, maxJobs: 9 });
  expect(settings).toEqual({ name: 'nobody', port: 2, maxJobs: 9, verbose: false, peers: [] });
});

it('finds the file by a variable, and --config before it', () => {
  const [first, second] = [configFile({ port: 1 }), configFile({ port: 2 })];
  const env = { TEST_CONFIG: first };
  expect(readSettings('TEST', schema, { argv: [], env }).port).toBe(1);
  expect(readSettings('TEST', schema, { argv: ['--config', second], env }).port).toBe(2);
});

it('reads numbers, truth values and JSON lists from variables', () => {
  const env = {
    TEST_PORT: '80',
    TEST_MAX_JOBS: '7',
    TEST_VERBOSE: 'true',
    TEST_PEERS: '[{"url":"https://a"},{"url":"https://b"}]',
  };
  expect(read(env)).toMatchObject({
    port: 80,
    maxJobs: 7,
    verbose: true,
    peers: [{ url: 'https://a' }, { url: 'https://b' }],
  });
});

it.each(['12', 'true', '[a]', '{}', ''])('reads the text %j from a variable as a text', (name) => {
  expect(read({ TEST_PORT: '1', TEST_NAME: name }).name).toBe(name);
});

it('makes paths absolute', () => {
  expect(read({ TEST_PORT: '1', TEST_FOLDER: 'a' }).folder).toBe(join(process.cwd(), 'a'));
});

it('spells variables with underscores', () => {
  expect(variableOf('TEST', 'maxVolumeSizeGiB')).toBe('TEST_MAX_VOLUME_SIZE_GI_B');
});

describe('names what is wrong:', () => {
  it.each<[string, Record<string, string>, unknown, string[]]>([
    ['an unknown key', {}, { port: 1, prot: 2 }, ['no setting prot']],
    ['a key of a prototype', {}, '{"port":1,"__proto__":{"name":"x"}}', ['no setting __proto__']],
    ['an unknown variable', { TEST_PROT: '1' }, { port: 1 }, ['variable TEST_PROT']],
    ['a wrong type', {}, { port: '80' }, ['setting port (TEST_PORT)']],
    ['a wrong variable', { TEST_PORT: 'x' }, undefined, ['setting port (TEST_PORT)']],
    ['a wrong number', { TEST_PORT: '0' }, undefined, ['setting port (TEST_PORT)']],
    ['something missing', {}, {}, ['setting port (TEST_PORT)']],
    ['several things', { TEST_MAX_JOBS: 'x' }, {}, ['port', 'TEST_MAX_JOBS']],
    ['a wrong item', {}, { port: 1, peers: [{ url: 1 }] }, ['peers.0.url (TEST_PEERS)']],
    [
      'an unknown key of an item',
      {},
      { port: 1, peers: [{ url: 'a', x: 1 }] },
      ['no setting peers.0.x'],
    ],
    ['a list that is no JSON', { TEST_PEERS: '[{' }, { port: 1 }, ['peers (TEST_PEERS)']],
    ['a file that is no JSON', {}, '{"port":1,}', ['config.json', 'JSON']],
    ['a file that is a list', {}, [], ['config.json', 'JSON object']],
    ['a file that is null', {}, 'null', ['config.json', 'JSON object']],
  ])('%s', (_, env, config, names) => {
    expect(() => read(env, config)).toThrow(SettingsError);
    for (const name of names) expect(() => read(env, config)).toThrow(name);
  });

  it.each([
    ['a file that is missing', ['--config', '/nowhere/c.json'], '/nowhere/c.json'],
    ['--config without a file', ['--config'], 'Usage: --config FILE'],
    ['an unknown option', ['--prot=1'], 'Usage: --config FILE'],
    ['an argument', ['c.json'], 'Usage: --config FILE'],
  ])('%s', (_, argv, name) => {
    const source = { argv, env: { TEST_PORT: '1' } };
    expect(() => readSettings('TEST', schema, source)).toThrow(SettingsError);
    expect(() => readSettings('TEST', schema, source)).toThrow(name);
  });
});
