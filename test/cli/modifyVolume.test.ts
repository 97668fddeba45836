import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { flagsOf, runCommand } from '../support/commandLine.js';
import { Testbed } from '../support/testbed.js';

// A busy machine is no failure.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

const GIB = 2 ** 30;
let testbed: Testbed;
let env: Record<string, string>;

beforeAll(async () => {
  testbed = await Testbed.start();
  env = { VBS_CONFIG: join(testbed.deployment.layout.home, 'config.json') };
  await printed('vbs', 'configure', ...flagsOf(testbed.deployment, 'alice'));
});

afterAll(() => testbed.stop());

/** What a program prints; it must succeed. */
async function printed(program: string, ...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runCommand(env, program, ...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout;
}

it('makes a volume larger and waits for it', async () => {
  const volumeId = await testbed.volume(16);
  const args = ['modify-volume', volumeId, '--size-mib', '48', '--wait', '--output', 'json'];
  expect(JSON.parse(await printed('vbs', ...args))).toMatchObject({
    ...{ volumeId, status: 'available', sizeBytes: 48 * 2 ** 20 },
    ...{ modificationState: 'completed', targetSize: 1, modificationMessage: null },
  });
  const smaller = await runCommand(env, 'vbs', 'modify-volume', volumeId, '--size-mib', '16');
  expect(smaller).toMatchObject({ exitCode: 1, stdout: '' });
  expect(smaller.stderr).toMatch(/^vbs: InvalidParameterValue: .* a volume only gets larger; /);
  await printed('vbs', 'delete-volume', volumeId);
});

it('is what EC2 calls so, too', async () => {
  const volumeId = await testbed.volume(16);
  const line = await printed('ec2-modify-volume', volumeId, '-s', '1');
  expect(line).toMatch(
    new RegExp(`^VOLUMEMODIFICATION\t${volumeId}\t(modifying|completed)\t1\t1\t\\d+%\n$`),
  );
  expect(await testbed.settled(volumeId)).toMatchObject({ sizeBytes: GIB });
  await printed('vbs', 'delete-volume', volumeId);
});
