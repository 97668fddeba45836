import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { flagsOf, runCommand } from '../support/commandLine.js';
import { Testbed, until } from '../support/testbed.js';

// A busy machine is no failure.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

const [ALICE, BOB] = ['alice', 'bob'].map((name) => `CN=${name},OU=users,O=VBS-Lustre`) as [
  string,
  string,
];
let testbed: Testbed;
let volumeId: string;
let snapshotId: string;

beforeAll(async () => {
  testbed = await Testbed.start();
  volumeId = await testbed.volume(1);
  const made = JSON.parse(
    await vbs('alice', 'create-snapshot', volumeId, '--wait', '--name', 'mine', '--output', 'json'),
  );
  ({ snapshotId } = made);
});

afterAll(() => testbed.stop());

const run = (user: string, program: string, ...args: string[]) =>
  runCommand({}, program, ...flagsOf(testbed.deployment, user), ...args);

/** What a program prints; it must succeed. */
async function printed(user: string, program: string, ...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await run(user, program, ...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout;
}

const vbs = (user: string, ...args: string[]) => printed(user, 'vbs', ...args);
const json = async (user: string, ...args: string[]) =>
  JSON.parse(await vbs(user, ...args, '--output', 'json'));

it('shares a snapshot, and who it is shared with makes a volume of the same content', async () => {
  const refused = await run('bob', 'vbs', 'create-volume', '--snapshot', snapshotId);
  expect(refused.stderr).toMatch(
    /^vbs: InvalidSnapshot.NotFound: snap-.* does not exist or is not/,
  );
  expect(await vbs('alice', 'describe-snapshot-attribute', snapshotId)).toBe(
    'There are no permissions.\n',
  );
  const shared = await vbs('alice', 'modify-snapshot-attribute', snapshotId, '--add', BOB);
  expect(shared).toMatch(new RegExp(`^SNAPSHOT +OPERATION +USER\n${snapshotId} +add +${BOB}\n$`));
  expect(await vbs('alice', 'describe-snapshot-attribute', snapshotId)).toBe(
    `SHARED WITH\n${BOB}\n`,
  );
  expect(await vbs('bob', 'describe-snapshots')).toBe('There are no snapshots.\n');
  const [seen] = (await json('bob', 'describe-snapshots', '--restorable-by', 'self')).snapshots;
  expect(seen).toMatchObject({ snapshotId, ownerId: ALICE, name: null, tags: {} });
  expect(await vbs('bob', 'describe-snapshots', snapshotId)).toMatch(
    new RegExp(`OWNER\n${snapshotId} .*${ALICE}\n$`),
  );
  const copy = await json('bob', 'create-volume', '--snapshot', snapshotId, '--wait');
  expect(copy).toMatchObject({ status: 'available', snapshotId });
  const { volumes } = testbed.deployment.layout;
  const content = (id: string) => readFileSync(join(volumes, id));
  expect(content(copy.volumeId).equals(content(snapshotId))).toBe(true);
  await vbs('alice', 'modify-snapshot-attribute', snapshotId, '--remove', BOB);
  expect(await run('bob', 'vbs', 'describe-snapshots', snapshotId)).toMatchObject({ exitCode: 1 });
  expect(await run('bob', 'vbs', 'create-volume', '--snapshot', snapshotId)).toMatchObject({
    ...{ exitCode: 1, stdout: '' },
  });
  expect((await json('bob', 'describe-volumes', copy.volumeId)).volumes).toHaveLength(1);
  const { events } = await json('alice', 'describe-events', snapshotId);
  expect(events).toMatchObject([
    { action: 'snapshot-unshared', reason: `no longer with ${BOB}` },
    { action: 'snapshot-shared', reason: `with ${BOB}` },
  ]);
  await vbs('bob', 'delete-volume', copy.volumeId);
});

it('says what is wrong, and only tries in a dry run', async () => {
  const modify = ['modify-snapshot-attribute', snapshotId];
  expect(await run('alice', 'vbs', ...modify)).toMatchObject({ exitCode: 2 });
  const both = [...modify, '--add', 'all', '--remove', BOB];
  expect(await run('alice', 'vbs', ...both)).toMatchObject({ exitCode: 2 });
  const wrong = await run('alice', 'vbs', ...modify, '--add', 'bob');
  expect(wrong.stderr).toMatch(/^vbs: InvalidParameterValue: The parameter userIdSet has a value/);
  const dry = await run('alice', 'vbs', ...modify, '--add', 'all', '--dry-run');
  expect(dry).toMatchObject({ exitCode: 0, stdout: '' });
  expect((await json('alice', 'describe-snapshot-attribute', snapshotId)).permissions).toEqual([]);
  expect(await run('bob', 'vbs', ...modify, '--add', BOB)).toMatchObject({ exitCode: 1 });
});

it("has the names of EC2's tools for it", async () => {
  const modify = (...args: string[]) =>
    printed('alice', 'ec2-modify-snapshot-attribute', snapshotId, '-c', ...args);
  const line = `createVolumePermission\t${snapshotId}`;
  expect(await modify('--add', 'all', '-a', BOB)).toBe(
    `${line}\tADD\tgroup\tall\n${line}\tADD\tuserId\t${BOB}\n`,
  );
  expect(await printed('alice', 'ec2-describe-snapshot-attribute', snapshotId, '-c')).toBe(
    `${line}\tuserId\t${BOB}\n${line}\tgroup\tall\n`,
  );
  for (const args of [['-a'], ['-r', 'self'], ['-r', 'all'], ['-o', ALICE], [snapshotId]]) {
    const [fields = []] = (await printed('bob', 'ec2-describe-snapshots', ...args))
      .split('\n')
      .map((each) => each.split('\t'));
    expect(fields[1]).toBe(snapshotId);
    expect(fields[6]).toBe(ALICE);
  }
  expect(await printed('bob', 'ec2-describe-snapshots', '-o', 'self')).toBe('');
  await modify('-r', 'all', '-r', BOB);
  expect(await printed('alice', 'ec2-describe-snapshot-attribute', snapshotId)).toBe('');
});

it('lets the owner delete what is shared', async () => {
  await vbs('alice', 'modify-snapshot-attribute', snapshotId, '--add', 'all');
  await vbs('alice', 'delete-snapshot', snapshotId);
  await until(`${snapshotId} is gone`, async () => {
    const shown = await json('bob', 'describe-snapshots', '--restorable-by', 'all');
    return shown.snapshots.length === 0 ? true : undefined;
  });
  await vbs('alice', 'delete-volume', volumeId);
});
