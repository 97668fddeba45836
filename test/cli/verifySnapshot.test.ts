import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { flagsOf, runCommand } from '../support/commandLine.js';
import { Testbed } from '../support/testbed.js';

// A busy machine is no failure.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

let testbed: Testbed;
let volumeId: string;
let snapshotId: string;

beforeAll(async () => {
  testbed = await Testbed.start();
  volumeId = await testbed.volume(1);
  const args = ['create-snapshot', volumeId, '--checksum', '--wait'];
  ({ snapshotId } = await json(...args));
});

afterAll(() => testbed.stop());

const vbs = (...args: string[]) =>
  runCommand({}, 'vbs', ...flagsOf(testbed.deployment, 'alice'), ...args);

/** What a command prints; it must succeed. */
async function json(...args: string[]) {
  const { exitCode, stdout, stderr } = await vbs(...args, '--output', 'json');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout);
}

const path = () => join(testbed.deployment.layout.volumes, snapshotId);

it('shows the checksum that a snapshot was made with', async () => {
  const sha256 = createHash('sha256').update(readFileSync(path())).digest('hex');
  const [snapshot] = (await json('describe-snapshots', snapshotId)).snapshots;
  expect(snapshot).toMatchObject({ sha256, verifyState: null });
});

it('finds that a snapshot is intact, and keeps it available', async () => {
  expect(await json('verify-snapshot', snapshotId, '--wait')).toMatchObject({
    ...{ status: 'available', verifyState: 'intact', verifyMessage: null },
  });
});

it('finds a snapshot whose data has changed, ends with 4, and tells of it afterwards', async () => {
  const data = readFileSync(path());
  data[4096] = 1;
  chmodSync(path(), 0o600);
  writeFileSync(path(), data);
  const { exitCode, stdout, stderr } = await vbs('verify-snapshot', snapshotId, '--wait');
  expect(stderr).toMatch(`vbs: ${snapshotId} is damaged: its SHA-256 is `);
  expect(stdout).toContain('DAMAGED');
  expect(exitCode).toBe(4);
  const { events } = await json('describe-events', snapshotId);
  expect(events.map(({ action }: { action: string }) => action)).toEqual([
    ...['snapshot-damaged', 'snapshot-verified'],
  ]);
});

it('finds that it can’t be read, and says why', async () => {
  writeFileSync(path(), 'short');
  const { exitCode, stderr } = await vbs('verify-snapshot', snapshotId, '--wait');
  expect(stderr).toBe(
    `vbs: ${snapshotId} could not be verified: the file has 5 bytes instead of 1048576\n`,
  );
  expect(exitCode).toBe(4);
});

it('refuses one that has no checksum', async () => {
  const other = await json('create-snapshot', volumeId, '--wait');
  const { exitCode, stderr } = await vbs('verify-snapshot', other.snapshotId);
  expect(stderr).toMatch(/^vbs: IncorrectState: snap-.* was made without a checksum/);
  expect(exitCode).toBe(1);
});
