import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type LabRun, processesOf, runLab } from '../support/labRun.js';
import { freePorts } from '../support/ports.js';
import { execute } from '../support/programs.js';
import { remove, until } from '../support/testbed.js';

// A busy machine is no failure.
const LIMIT_MS = 300_000;
vi.setConfig({ testTimeout: 3 * LIMIT_MS, hookTimeout: 2 * LIMIT_MS });

const root = fileURLToPath(new URL('../..', import.meta.url));
let home: string;
let port: number;
let lab: LabRun;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'vbs-walk-'));
  [port = 0] = await freePorts(3);
  lab = runLab('main.js', { home, port });
  const isUp = async () => lab.output().includes('The services stay up') || undefined;
  await Promise.race([lab.ended, until('the services stay up', isUp, LIMIT_MS)]);
});

afterAll(async () => {
  lab?.interrupt();
  await lab?.ended;
  await remove(home);
});

/** Runs shell commands in the checkout, which must succeed; gives what they print. */
async function shell(script: string): Promise<string> {
  const env = { VBS_HOME: home, VBS_CONFIG: join(home, 'config.json'), NO_COLOR: '1' };
  // A bash that was started by no other takes a pipe of Node's for a remote login, and would read what such a one begins with.
  const command = ['--norc', '-euc', script];
  const { exitCode, stdout, stderr } = await execute('bash', command, env, root);
  expect({ exitCode, stderr }, `${script}\n${stdout}`).toEqual({ exitCode: 0, stderr: '' });
  return stdout;
}

/** The README's commands that begin with `vbs configure`, for this deployment instead of the usual one. */
function readmeCommands(): string {
  const blocks = readFileSync(join(root, 'README.md'), 'utf8').matchAll(/```sh\n(.*?)```/gs);
  const found = [...blocks].flatMap(([, block]) =>
    block?.startsWith('npx vbs configure') ? [block] : [],
  );
  expect(found).toHaveLength(1);
  return String(found[0]).replaceAll('.vbs/', `${home}/`).replaceAll(':8443', `:${port}`);
}

it('gets from nothing to a volume that is mounted in a machine, and back, as the README says', async () => {
  const printed = await shell(readmeCommands());
  expect(printed).toContain('/mnt');
  expect(printed).toContain('vm1 on vmm1 as xvdb (r)');
  expect(printed).toMatch(/^hello$/m);
  expect(printed).toMatch(/DELETED\nvol-[0-9a-f]{17}\n$/);
  expect(await shell('npx vbs describe-volumes')).toBe('There are no volumes.\n');
});

it('gives a machine’s output and exit code, and says so if there is no such machine', async () => {
  const guest = (...args: string[]) =>
    execute('npm', ['run', '-s', 'guest', '--', ...args], { VBS_HOME: home }, root);
  expect(await guest('vm2', 'echo here; exit 7')).toEqual({
    exitCode: 7,
    stdout: 'here\n',
    stderr: '',
  });
  expect(await guest('vm3', 'true')).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: 'No machine vm3 runs here; begin with `npm start`.\n',
  });
  expect(await guest('vm1')).toMatchObject({ exitCode: 2, stdout: '' });
});

it('leaves nothing running', async () => {
  lab.interrupt();
  expect(await lab.ended).toBe(0);
  expect(await processesOf(home)).toEqual([]);
});
