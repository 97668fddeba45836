import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createFakeLustre,
  type FakeLustre,
} from '../../services/volume-delegate/src/storage/testing/fakeLustre.js';
import { Testbed } from '../support/testbed.js';

interface Layout {
  stripeSize: number;
  osts: number[];
  mirrors?: number[][];
  synced?: { mtimeMs: number };
}

// Lustre can't run here: a stand-in lfs gives the recorded answers of a real one, on a plain folder.
let lustre: FakeLustre;
let testbed: Testbed;
const MIB = 1024 * 1024;
const FREE = { blocks: 653_376, used: 1_392, available: 601_808 };
const FULL = { blocks: 653_376, used: 644_000, available: 8_848 };

beforeAll(async () => {
  lustre = await createFakeLustre();
  const settings = {
    volumeDirectory: lustre.directory,
    storage: 'lustre',
    lfs: lustre.programs.lfs,
    stat: lustre.programs.stat,
    volumeTypes: { mirrored: { stripeCount: 1, mirrors: 2 }, flash: { pool: 'flash' } },
    resyncSeconds: 1,
  };
  testbed = await Testbed.start({
    volumeDelegates: [{ settings, env: lustre.environment }],
    vmmDelegates: [{ settings: { volumeDirectory: lustre.directory } }],
  });
});

afterAll(async () => {
  await testbed.stop();
  await lustre.remove();
});

it('stripes every file before its first byte, the paper’s 4 MiB over 2', async () => {
  const volumeId = await testbed.volume(8);
  const { snapshotId } = await testbed.alice.CreateSnapshot({ volumeId });
  while ((await testbed.alice.DescribeSnapshot({ snapshotId })).status === 'pending');
  for (const id of [volumeId, snapshotId]) {
    const file = join(lustre.directory, id);
    expect(statSync(file).size).toBe(8 * MIB);
    const { stripeSize, osts } = layoutOf(file);
    expect(stripeSize).toBe(4 * MIB);
    expect(osts).toHaveLength(2);
  }
  await testbed.alice.DeleteSnapshot({ snapshotId });
  await testbed.alice.DeleteVolume({ volumeId });
  expect(readdirSync(lustre.directory)).toEqual([]);
});

it('refuses what an OST can’t hold, though three quarters of the file system are free', async () => {
  await lustre.become({ osts: [FREE, FULL, FULL, FULL] });
  await expect(testbed.alice.CreateVolume({ sizeMiB: 200 })).rejects.toMatchObject({
    code: 'InsufficientVolumeCapacity',
    message: expect.stringContaining('OST'),
  });
  expect(readdirSync(lustre.directory)).toEqual([]);
  await lustre.become({});
});

it('puts a volume of a type on its pool only, and refuses it when that is full', async () => {
  const pools = { flash: [2, 3] };
  await lustre.become({ pools });
  const { volumeId } = await testbed.alice.CreateVolume({ sizeMiB: 8, volumeType: 'flash' });
  while ((await testbed.alice.DescribeVolume({ volumeId })).status === 'pending');
  expect(layoutOf(join(lustre.directory, volumeId)).osts.toSorted()).toEqual([2, 3]);
  await testbed.alice.DeleteVolume({ volumeId });
  await lustre.become({ pools, osts: [FREE, FREE, FULL, FULL] });
  const order = testbed.alice.CreateVolume({ sizeMiB: 200, volumeType: 'flash' });
  await expect(order).rejects.toMatchObject({
    code: 'InsufficientVolumeCapacity',
    message: expect.stringMatching(/OST [23] has room for/),
  });
  expect(readdirSync(lustre.directory)).toEqual([]);
  await lustre.become({});
});

it('makes no file in a folder on which Lustre is not mounted', async () => {
  await lustre.become({ mounted: false });
  await expect(testbed.alice.CreateVolume({ sizeMiB: 1 })).rejects.toMatchObject({
    code: 'Unavailable',
  });
  expect(readdirSync(lustre.directory)).toEqual([]);
  await lustre.become({});
});

it('keeps the mirrors of a volume in step while nobody has it', async () => {
  const { volumeId } = await testbed.alice.CreateVolume({ sizeMiB: 8, volumeType: 'mirrored' });
  while ((await testbed.alice.DescribeVolume({ volumeId })).status === 'pending');
  const file = join(lustre.directory, volumeId);
  const { mirrors, synced } = layoutOf(file);
  expect(mirrors?.map(({ length }) => length)).toEqual([1, 1]);
  expect(synced?.mtimeMs).toBe(statSync(file).mtimeMs);
  writeFileSync(file, 'what a machine has written', { flag: 'r+' });
  const { mtimeMs } = statSync(file);
  while (layoutOf(file).synced?.mtimeMs !== mtimeMs) await delay(100);
  await testbed.alice.DeleteVolume({ volumeId });
});

/** What the stand-in keeps of a file's layout, by its inode. */
function layoutOf(file: string): Layout {
  const folder = `${lustre.environment.FAKE_LUSTRE_STATE}.layouts`;
  return JSON.parse(readFileSync(join(folder, String(statSync(file).ino)), 'utf8'));
}
