import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startProcess } from '@vbs-lustre/shared/process/start';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendSigned } from '../support/raw.js';
import { remove, Testbed, until } from '../support/testbed.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SERVICES = [
  ['vbslustre', 'VBSLUSTRE', 'vbslustre'],
  ['volume-delegate', 'VOLUME_DELEGATE', 'volume-delegate'],
  ['vmm-delegate', 'VMM_DELEGATE', 'vmm1'],
] as const;
let testbed: Testbed;

beforeAll(async () => {
  testbed = await Testbed.prepare();
});

afterAll(() => testbed.stop());

describe.each(SERVICES)('%s refuses wrong settings with a sentence', (service, prefix, name) => {
  const configuration = (): Record<string, unknown> =>
    JSON.parse(readFileSync(testbed.deployment.layout.config(name), 'utf8'));

  const cases: [string, Record<string, unknown>, Record<string, string>, RegExp][] = [
    ['an unknown setting', { colour: 'red' }, {}, /There is no setting colour\./],
    ['a port that is none', { port: 70_000 }, {}, new RegExp(`port \\(${prefix}_PORT\\) is wrong`)],
    ['a missing certificate', { certificate: undefined }, {}, /certificate .* is wrong/],
    ['a wrong level', { logLevel: 'loud' }, {}, new RegExp(`logLevel \\(${prefix}_LOG_LEVEL\\)`)],
    ['an unknown variable', {}, { [`${prefix}_COLOUR`]: 'red' }, new RegExp(`${prefix}_COLOUR`)],
    [
      'a wrong variable',
      {},
      { [`${prefix}_PORT`]: 'many' },
      new RegExp(`port \\(${prefix}_PORT\\)`),
    ],
  ];

  it.each(cases)('%s', async (_, changes, env, sentence) => {
    const result = await runService(service, { ...configuration(), ...changes }, env);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(sentence);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
  });

  it('a key that others can read', async () => {
    const privateKey = join(testbed.deployment.layout.home, 'open.key');
    writeFileSync(privateKey, readFileSync(String(configuration().privateKey)), { mode: 0o644 });
    const result = await runService(service, { ...configuration(), privateKey }, {});
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('chmod 600');
  });
});

async function runService(
  service: string,
  settings: object,
  env: Record<string, string>,
): Promise<{ code: number; stderr: string }> {
  const file = join(testbed.deployment.layout.home, 'changed.json');
  writeFileSync(file, JSON.stringify(settings));
  const main = join(ROOT, 'services', service, 'dist', 'main.js');
  const options = { env: { ...process.env, ...env } };
  return promisify(execFile)(process.execPath, [main, '--config', file], options).then(
    () => ({ code: 0, stderr: '' }),
    ({ code, stderr }) => ({ code, stderr }),
  );
}

describe('a delegate that is installed from its packages alone', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vbs-installed-'));
  });

  afterAll(() => remove(folder));

  it('runs with its own configuration', async () => {
    const packages = [
      'wsdl',
      'shared',
      'client',
      'services/volume-delegate',
      'services/vmm-delegate',
    ];
    const pack = ['pack', '--silent', '--pack-destination', folder];
    const tarballs = execFileSync('npm', [...pack, ...packages.flatMap((each) => ['-w', each])], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const files = tarballs.trim().split('\n');
    expect(files).toHaveLength(packages.length);
    writeFileSync(join(folder, 'package.json'), '{"private": true}');
    const install = ['install', '--silent', '--no-audit', '--no-fund', '--omit=dev'];
    execFileSync('npm', [...install, ...files.map((file) => `./${file}`)], { cwd: folder });
    const { layout, options } = testbed.deployment;
    for (const [name, kind, port] of [
      ['volume-delegate', 'volume-delegate', options.volumeDelegates[0]?.port],
      ['vmm1', 'vmm-delegate', options.vmmDelegates[0]?.port],
    ] as const) {
      mkdirSync(join(folder, name));
      const program = join(folder, 'node_modules', '.bin', kind);
      const logFile = join(folder, name, 'log');
      const running = await startProcess(program, ['--config', layout.config(name)], {
        logFile,
        cwd: join(folder, name),
      });
      await until(`${kind} is ready`, async () =>
        readFileSync(logFile, 'utf8').includes('"ready"') ? true : undefined,
      );
      const answer = await sendSigned(
        testbed.deployment,
        'vbslustre',
        `<DescribeHealth xmlns="urn:vbs-lustre:${kind}:2026-11"></DescribeHealth>`,
        { url: `https://127.0.0.1:${port}/${kind}` },
      );
      expect(answer.text).toContain('<status>ok</status>');
      expect(await running.stop(60_000)).toEqual({ exitCode: 0, signal: null });
    }
  });
});
