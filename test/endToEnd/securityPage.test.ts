import { mkdir, mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { execute, requirePackages } from '../support/programs.js';
import { remove, Testbed } from '../support/testbed.js';
import { matches, type Step, stepsOf } from '../support/walkThrough.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const steps = stepsOf(join(root, 'docs/security.md'));

let testbed: Testbed;
/** A checkout in which `npm start` runs. */
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  requirePackages(['python3-zeep', 'python3-xmlsec']);
  testbed = await Testbed.start();
  folder = await mkdtemp(join(tmpdir(), 'vbs-page-'));
  for (const name of ['node_modules', 'examples', 'package.json']) {
    await symlink(join(root, name), join(folder, name));
  }
  await symlink(testbed.deployment.layout.home, join(folder, '.vbs'));
  // Debian's Python, which has Debian's packages.
  const programs = join(folder, 'bin');
  await mkdir(programs);
  await symlink('/usr/bin/python3', join(programs, 'python3'));
  env = {
    PATH: `${programs}:${process.env.PATH}`,
    VBS_URL: testbed.deployment.url,
    PYTHONDONTWRITEBYTECODE: '1',
    // Only what is in the checkout, nothing from a registry.
    npm_config_offline: 'true',
  };
});

afterAll(async () => {
  await testbed?.stop();
  if (folder) await remove(folder);
});

/** What the commands print, in the order in which they do. */
async function run({ commands }: Step) {
  const { exitCode, stdout } = await execute(
    'bash',
    ['-ec', `exec 2>&1\n${commands}`],
    env,
    folder,
  );
  return { exitCode, printed: stdout };
}

it('is a page of many steps', () => {
  expect(new Set(steps.map(({ section }) => section)).size).toBeGreaterThanOrEqual(7);
  expect(steps.filter(({ output }) => output.includes('Refused with AuthFailure'))).toHaveLength(4);
});

it.each(steps.map((step, index) => [index + 1, step.section, step] as const))(
  'step %i (%s) does what the page says',
  async (_, _section, step) => {
    const { exitCode, printed } = await run(step);
    expect(printed, step.commands).toSatisfy((text: string) => matches(text, step.output));
    const isRefused = /^Refused/.test(step.output.trim().split('\n').at(-1) ?? '');
    expect(exitCode, printed).toBe(isRefused ? 1 : 0);
  },
);

it('leaves a deployment that works, with a renewed front end', async () => {
  await testbed.deployment.service('vbslustre').stop();
  await testbed.deployment.restart('vbslustre');
  await testbed.volume(1);
});
