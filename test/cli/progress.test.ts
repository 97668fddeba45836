import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { commandFile, flagsOf, runCommand } from '../support/commandLine.js';
import { execute, pidOf, stopProcess } from '../support/programs.js';
import { Testbed, until } from '../support/testbed.js';

// A busy machine is no failure.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

const SIZE_GIB = 4;
let testbed: Testbed;
let env: Record<string, string>;

beforeAll(async () => {
  testbed = await Testbed.start({ volumeDelegates: [{ settings: { blank: 'zero' } }] });
  env = { VBS_CONFIG: join(testbed.deployment.layout.home, 'config.json'), TERM: 'xterm' };
  await vbs('configure', ...flagsOf(testbed.deployment, 'alice'));
});

afterAll(() => testbed.stop());

/** What `vbs` prints; it must succeed. */
async function vbs(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runCommand(env, 'vbs', ...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout;
}

it('shows on a terminal how far a volume is while it is made', async () => {
  let caught = await createAndStop();
  // On a busy machine dd may have ended before it was found.
  while (caught === undefined) caught = await createAndStop();
  const { volumeId, pid, screen, ended } = caught;
  try {
    const bar = new RegExp(
      `${volumeId} is pending … .* s  \\[#* *\\] +\\d+%  .+ of ${SIZE_GIB} GiB`,
    );
    await until('there is a bar', async () => bar.test(screen()) || undefined);
    const [volume] = JSON.parse(await vbs('describe-volumes', '--output', 'json')).volumes;
    expect(volume).toMatchObject({ status: 'pending', progress: expect.stringMatching(/^\d+%$/) });
    expect(volume.bytesDone).toBeGreaterThan(0);
    expect(volume.bytesDone).toBeLessThan(volume.sizeBytes);
    expect(await vbs('describe-volumes')).toMatch(/PROGRESS .*\n.* pending +\d+%/);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  expect((await ended).exitCode, screen()).toBe(0);
  expect(screen()).toContain('available');
  expect(JSON.parse(await vbs('describe-volumes', '--output', 'json')).volumes).toMatchObject([
    { volumeId, progress: null, bytesDone: null },
  ]);
  await vbs('delete-volume', volumeId);
});

/** Creates a volume on a terminal, and stops the dd that makes it in the midst; undefined if that was too quick. */
async function createAndStop() {
  const typescript = join(testbed.deployment.layout.home, 'typescript');
  const command = `'${process.execPath}' '${commandFile('vbs')}' create-volume --size ${SIZE_GIB} --wait`;
  let hasEnded = false;
  const ended = execute('script', ['-qefc', command, typescript], env).finally(() => {
    hasEnded = true;
  });
  const screen = () => readFileSync(typescript, 'utf8');
  const found = await until('dd writes', async () => {
    if (hasEnded) return 'ended' as const;
    const { volumeSet } = await testbed.alice.DescribeVolumes({});
    const [volume] = volumeSet.item;
    const pid = volume && written(volume.volumeId) > 0 ? pidOf('dd', volume.volumeId) : undefined;
    return pid === undefined ? undefined : { volumeId: volume?.volumeId ?? '', pid };
  });
  if (found !== 'ended' && (await stopProcess(found.pid))) {
    if (written(found.volumeId) < SIZE_GIB * 2 ** 30) return { ...found, screen, ended };
    process.kill(found.pid, 'SIGCONT');
  }
  await ended;
  for (const { volumeId } of (await testbed.alice.DescribeVolumes({})).volumeSet.item) {
    await vbs('delete-volume', volumeId);
  }
  const areGone = async () =>
    (await testbed.alice.DescribeVolumes({})).volumeSet.item.length === 0 || undefined;
  await until('they are gone', areGone);
  return undefined;
}

/** How much of a volume's file is written. */
function written(volumeId: string): number {
  const { volumes } = testbed.deployment.layout;
  const part = readdirSync(volumes).find((name) => name.startsWith(`.${volumeId}.`));
  if (part === undefined) return 0;
  return statSync(join(volumes, part), { throwIfNoEntry: false })?.size ?? 0;
}
