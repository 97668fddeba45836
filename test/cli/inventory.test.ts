import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { flagsOf, runCommand } from '../support/commandLine.js';
import { Testbed, until } from '../support/testbed.js';

// A busy machine is no failure.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

let testbed: Testbed;
let env: Record<string, string>;

beforeAll(async () => {
  testbed = await Testbed.start({ frontEndSettings: { quotas: { volumes: 10 } } });
  env = { VBS_CONFIG: join(testbed.deployment.layout.home, 'config.json') };
  await vbs('configure', ...flagsOf(testbed.deployment, 'alice'));
});

afterAll(() => testbed.stop());

// Tests look at all volumes and snapshots that there are.
afterEach(() => testbed.deletionsEnd());

const run = (program: string, ...args: string[]) => runCommand(env, program, ...args);

/** What a program prints; it must succeed. */
async function printed(program: string, ...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await run(program, ...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout;
}

const vbs = (...args: string[]) => printed('vbs', ...args);
const json = async (...args: string[]) => JSON.parse(await vbs(...args, '--output', 'json'));

it('filters, and shows so many at most', async () => {
  const ids = [await testbed.volume(), await testbed.volume(), await testbed.volume()];
  const shown = async (...args: string[]) =>
    (await json('describe-volumes', ...args)).volumes.map(
      (volume: { volumeId: string }) => volume.volumeId,
    );
  expect(await shown('--max-items', '2')).toEqual(ids.slice(0, 2));
  expect(await shown('--filter', `volume-id=${ids[2]}`, '--filter', `volume-id=${ids[0]}`)).toEqual(
    [ids[0], ids[2]],
  );
  expect(await shown('--filter', 'status=in-use')).toEqual([]);
  const refused = await run('vbs', 'describe-volumes', '--filter', 'colour=red');
  expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
  expect(refused.stderr).toMatch(/^vbs: InvalidParameterValue: .* names status, volume-id, /);
  expect(await run('vbs', 'describe-volumes', '--filter', 'red')).toMatchObject({ exitCode: 2 });
  for (const id of ids) await vbs('delete-volume', id);
});

it('tags, shows tags and takes them away', async () => {
  const named = ['--name', 'web 1', '--tag', 'stage=test', '--tag', 'empty'];
  const created = await json('create-volume', '--size-mib', '16', '--wait', ...named);
  const { volumeId } = created;
  const tags = { Name: 'web 1', stage: 'test', empty: '' };
  expect(created).toMatchObject({ name: 'web 1', tags });
  const snapshot = ['create-snapshot', volumeId, '--name', 'nightly', '--wait'];
  const { snapshotId } = await json(...snapshot);
  expect(await vbs('describe-snapshots', '--filter', 'tag:Name=nightly')).toContain('nightly');
  expect(await vbs('create-tags', volumeId, snapshotId, '--tag', 'stage=live')).toBe(
    `RESOURCE\n${volumeId}\n${snapshotId}\n`,
  );
  expect(await printed('ec2-describe-volumes', volumeId)).toContain(
    `TAG\tvolume\t${volumeId}\tstage\tlive\n`,
  );
  await vbs('delete-tags', volumeId, '--tag', 'Name', '--tag', 'stage=test');
  const { volumes } = await json('describe-volumes', '--filter', 'tag-key=stage');
  expect(volumes).toMatchObject([{ volumeId, name: null, tags: { stage: 'live', empty: '' } }]);
  await vbs('delete-tags', volumeId, '--all');
  expect((await json('describe-volumes', volumeId)).volumes).toMatchObject([{ tags: {} }]);
  expect(await run('vbs', 'delete-tags', volumeId)).toMatchObject({ exitCode: 2 });
  expect(await run('vbs', 'create-tags', volumeId)).toMatchObject({ exitCode: 2 });
  await vbs('delete-volume', volumeId);
  await vbs('delete-snapshot', snapshotId);
});

it('shows what became of a volume on its own', async () => {
  const volumeId = await testbed.volume();
  expect(await vbs('describe-events', volumeId)).toBe('There are no events.\n');
  rmSync(join(testbed.deployment.layout.volumes, volumeId));
  const isLost = async () => {
    const [volume] = (await json('describe-volumes', volumeId)).volumes;
    return volume.statusMessage === null ? undefined : volume;
  };
  await until(`${volumeId} is lost`, isLost, 240_000);
  const reason = 'its file is missing';
  expect(await vbs('describe-events', volumeId)).toMatch(new RegExp(`file-lost +${reason}\n$`));
  expect((await json('describe-events', volumeId)).events).toMatchObject([
    { action: 'file-lost', reason, vmm: null },
  ]);
  await vbs('delete-volume', volumeId);
});

it('only says whether it would be done in a dry run', async () => {
  const volumeId = await testbed.volume();
  for (const command of ['delete-volume', 'create-snapshot']) {
    expect(await run('vbs', command, volumeId, '--dry-run')).toEqual({
      ...{ exitCode: 0, stdout: '' },
      stderr: 'vbs: It would have been done; without dryRun it will be.\n',
    });
  }
  const { volumes } = await json('describe-volumes');
  expect(volumes).toMatchObject([{ volumeId, status: 'available' }]);
  expect(await vbs('describe-snapshots')).toBe('There are no snapshots.\n');
  await vbs('delete-volume', volumeId);
  await testbed.deletionsEnd();
  const refused = await run('vbs', 'delete-volume', volumeId, '--dry-run');
  expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
});

it('shows what its user has and may have', async () => {
  await testbed.volume();
  const limits = await vbs('describe-limits', '--output', 'tsv');
  expect(limits).toBe('volumes\t1\t10\nsnapshots\t0\t\ngib\t1\t\nattachments\t0\t\nexports\t0\t\n');
  const made = Array.from({ length: 10 }, () => run('vbs', 'create-volume', '--size-mib', '1'));
  const refused = (await Promise.all(made)).filter(({ exitCode }) => exitCode === 1);
  expect(refused).toHaveLength(1);
  expect(refused[0]?.stderr).toMatch(/^vbs: VolumeLimitExceeded: You have 10 of 10 volumes that/);
  for (const { volumeId } of (await json('describe-volumes')).volumes) {
    await testbed.settled(volumeId);
    await vbs('delete-volume', volumeId);
  }
});
