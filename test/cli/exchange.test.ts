import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { flagsOf, runCommand } from '../support/commandLine.js';
import { Testbed } from '../support/testbed.js';

// A busy machine is no failure.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

const MIB = 1024 ** 2;
const DATA = Buffer.alloc(3 * MIB - 5, 'boot sector and all the rest ');
let testbed: Testbed;
let env: Record<string, string>;
let folder: string;

beforeAll(async () => {
  testbed = await Testbed.start({ exchange: true });
  const { layout } = testbed.deployment;
  env = { VBS_CONFIG: join(layout.home, 'config.json') };
  await vbs('configure', ...flagsOf(testbed.deployment, 'alice'));
  await vbs('configure', '--profile', 'bob', ...flagsOf(testbed.deployment, 'bob'));
  folder = join(layout.exchange, (await vbs('whoami', '--exchange-folder')).trim());
});

afterAll(() => testbed.stop());

const run = (...args: string[]) => runCommand(env, 'vbs', ...args);

/** What a command prints; it must succeed. */
async function vbs(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await run(...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout;
}

const json = async (...args: string[]) => JSON.parse(await vbs(...args, '--output', 'json'));
const volumeFile = (id: string) => readFileSync(join(testbed.deployment.layout.volumes, id));

it('tells what folder is the user’s, and makes it', async () => {
  const refused = await run('import-volume', '--file', 'disk.img');
  const name = folder.split('/').at(-1);
  expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
  expect(refused.stderr).toContain(
    `InvalidParameterValue: There is no file disk.img in your exchange folder ${name}.`,
  );
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

it('imports a file, exports the volume and its snapshot, and all bytes are the same', async () => {
  writeFileSync(join(folder, 'disk.img'), DATA);
  const made = await json('import-volume', '--file', 'disk.img', '--name', 'web', '--wait');
  const { volumeId } = made;
  expect(made).toMatchObject({ status: 'available', sizeBytes: 3 * MIB, name: 'web' });
  const whole = Buffer.concat([DATA, Buffer.alloc(5)]);
  expect(volumeFile(volumeId).equals(whole)).toBe(true);
  const exported = await json('export-volume', volumeId, '--file', 'out.img', '--wait');
  expect(exported).toMatchObject({ state: 'completed', volumeId, fileName: 'out.img' });
  expect(readFileSync(join(folder, 'out.img')).equals(whole)).toBe(true);
  const { snapshotId } = await json('create-snapshot', volumeId, '--wait');
  await vbs('delete-volume', volumeId);
  await vbs('export-volume', snapshotId, '--file', 'snap.img', '--wait');
  expect(readFileSync(join(folder, 'snap.img')).equals(whole)).toBe(true);
  const again = await json('import-volume', '--file', 'out.img', '--size-mib', '4', '--wait');
  expect(volumeFile(again.volumeId).equals(Buffer.concat([whole, Buffer.alloc(MIB)]))).toBe(true);
  const shown = await vbs('describe-export-tasks');
  expect(shown).toMatch(/completed.* out\.img\n/);
  const [task] = (await json('describe-export-tasks', exported.exportTaskId))['export tasks'];
  expect(task).toMatchObject({ exportTaskId: exported.exportTaskId, state: 'completed' });
  await vbs('delete-volume', again.volumeId);
  await vbs('delete-snapshot', snapshotId);
  await testbed.deletionsEnd();
  expect(await testbed.files()).toEqual([]);
});

it('replaces no file, and says so before it begins', async () => {
  const { volumeId } = await json('create-volume', '--size-mib', '1', '--wait');
  writeFileSync(join(folder, 'mine.img'), 'mine');
  const refused = await run('export-volume', volumeId, '--file', 'mine.img', '--wait');
  expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
  expect(refused.stderr).toContain('There is a file mine.img in your exchange folder');
  expect(readFileSync(join(folder, 'mine.img'), 'utf8')).toBe('mine');
  await vbs('delete-volume', volumeId);
});

it('keeps every user to the own folder', async () => {
  const { volumeId } = await json('create-volume', '--size-mib', '1', '--wait');
  const bob = ['--profile', 'bob'];
  writeFileSync(join(folder, 'alices.img'), DATA);
  for (const name of ['alices.img', '../alices.img', join(folder, 'alices.img')]) {
    const refused = await run('import-volume', '--file', name, ...bob);
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
  }
  const whose = await run('export-volume', volumeId, '--file', 'a.img', ...bob);
  expect(whose.stderr).toContain('InvalidVolume.NotFound');
  const bobs = (await vbs('whoami', '--exchange-folder', ...bob)).trim();
  const { exchange, volumes } = testbed.deployment.layout;
  mkdirSync(join(exchange, bobs), { recursive: true });
  symlinkSync(join(volumes, volumeId), join(exchange, bobs, 'a.img'));
  symlinkSync(join(folder, 'alices.img'), join(exchange, bobs, 'b.img'));
  for (const name of ['a.img', 'b.img']) {
    const refused = await run('import-volume', '--file', name, ...bob);
    expect(refused.stderr).toContain(
      `InvalidParameterValue: The name ${name} is not that of a regular file`,
    );
  }
  await vbs('delete-volume', volumeId);
});

it('says in a dry run what would be done', async () => {
  expect(await run('import-volume', '--file', 'disk.img', '--dry-run')).toMatchObject({
    ...{ exitCode: 0, stdout: '' },
    stderr: expect.stringContaining('would have been done'),
  });
  rmSync(join(folder, 'disk.img'));
  expect(await run('import-volume', '--file', 'disk.img', '--dry-run')).toMatchObject({
    exitCode: 1,
  });
});
