import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { flagsOf, runCommand } from '../support/commandLine.js';
import { Testbed, until } from '../support/testbed.js';

// A busy machine is no failure.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

let testbed: Testbed;
let snapshotId: string;

beforeAll(async () => {
  testbed = await Testbed.start({
    frontEndSettings: { reconcileSeconds: 1, warmCloneMarginGiB: 0, maxWarmClones: 2 },
  });
  const volumeId = await testbed.volume(1);
  writeFileSync(file(volumeId), Buffer.alloc(2 ** 20, 'what is to be there at once '));
  snapshotId = (await json('create-snapshot', volumeId, '--wait')).snapshotId;
  await vbs('delete-volume', volumeId);
});

afterAll(() => testbed.stop());

const run = (...args: string[]) =>
  runCommand({}, 'vbs', ...flagsOf(testbed.deployment, 'alice'), ...args);

/** What a command prints; it must succeed. */
async function vbs(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await run(...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout;
}

const json = async (...args: string[]) => JSON.parse(await vbs(...args, '--output', 'json'));
const file = (id: string) => join(testbed.deployment.layout.volumes, id);
const describe = async () =>
  (await testbed.alice.DescribeFastSnapshotRestores({})).fastSnapshotRestoreSet.item;
const untilReady = () =>
  until('all are ready', async () => {
    const [restore] = await describe();
    return restore?.state === 'enabled' || undefined;
  });

it('keeps volumes of a snapshot ready, and gives one of them at once', async () => {
  const enable = ['enable-fast-snapshot-restores', snapshotId, '--count'];
  expect(await run(...enable, '3')).toMatchObject({ exitCode: 1 });
  expect(await vbs(...enable, '2')).toMatch(
    new RegExp(
      `^SNAPSHOT +STATE +WANTED +READY +SINCE\n${snapshotId} +(enabling|optimizing|enabled) `,
    ),
  );
  await untilReady();
  expect(await vbs('describe-fast-snapshot-restores')).toMatch(/ enabled +2 +2 /);
  const kept = await testbed.files();
  const made = await json('create-volume', '--snapshot', snapshotId);
  expect(made).toMatchObject({ status: 'available', snapshotId });
  expect(kept).toContain(made.volumeId);
  expect(readFileSync(file(made.volumeId)).equals(readFileSync(file(snapshotId)))).toBe(true);
  await untilReady();
  const restores = (await json('describe-fast-snapshot-restores', snapshotId))[
    'fast snapshot restores'
  ];
  expect(restores).toMatchObject([{ snapshotId, state: 'enabled', count: 2, readyCount: 2 }]);
  await vbs('delete-volume', made.volumeId);
  await testbed.deletionsEnd();
});

it('counts them, and takes none of them for what belongs to nothing', async () => {
  const limits = (await json('describe-limits')).limits;
  expect(limits).toContainEqual({ name: 'volumes', used: 0, limit: null });
  const events = (await json('describe-events', snapshotId)).events;
  expect(events.map(({ action }: { action: string }) => action)).toEqual(['fast-restores-enabled']);
  expect((await testbed.files()).filter((name) => name.startsWith('vol-'))).toHaveLength(2);
  expect(await vbs('describe-volumes')).toBe('There are no volumes.\n');
});

it('deletes them when none is wanted any more', async () => {
  await vbs('disable-fast-snapshot-restores', snapshotId);
  await until('nothing is kept', async () => ((await describe()).length === 0 ? true : undefined));
  expect(await vbs('describe-fast-snapshot-restores')).toBe(
    'There are no fast snapshot restores.\n',
  );
  expect(await testbed.files()).toEqual([snapshotId]);
});

it('deletes them with their snapshot', async () => {
  await vbs('enable-fast-snapshot-restores', snapshotId);
  await untilReady();
  await vbs('delete-snapshot', snapshotId);
  await until('all is gone', async () => ((await testbed.files()).length === 0 ? true : undefined));
});
