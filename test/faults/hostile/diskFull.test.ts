import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBeside } from '@vbs-lustre/lab/deployment/openBeside';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Testbed, until } from '../../support/testbed.js';
import { unreported } from '../kills/leftBehind.js';
import { SmallDisk } from './disk.js';
import { expectAlive, expectPeace, type Pids, pidsOf } from './peace.js';

const FAILURE = 'failure : cmd error';
let testbed: Testbed;
let pids: Pids;
let elsewhere: string;
/** What each fills. */
let volumes: SmallDisk;
let state: SmallDisk;
let database: SmallDisk;
let logs: SmallDisk;

beforeAll(async () => {
  elsewhere = mkdtempSync(join(tmpdir(), 'vbs-full-'));
  database = SmallDisk.mount(join(elsewhere, 'database'), 16);
  state = SmallDisk.mount(join(elsewhere, 'state'), 1);
  testbed = await Testbed.prepare({
    frontEndSettings: { reconcileSeconds: 1, database: join(database.path, 'vbs.sqlite') },
    volumeDelegates: [{ settings: { reserveMiB: 0, stateDirectory: state.path } }],
  });
  const { layout } = testbed.deployment;
  volumes = SmallDisk.mount(layout.volumes, 48);
  logs = SmallDisk.mount(join(layout.home, 'log'), 2);
  await testbed.deployment.start();
  pids = pidsOf(testbed);
});

afterAll(async () => {
  await testbed?.deployment.stop();
  for (const disk of [volumes, state, database, logs]) disk?.unmount();
  await testbed?.stop();
  rmSync(elsewhere, { recursive: true, force: true });
});

afterEach(() => {
  for (const disk of [volumes, state, database, logs]) disk.free();
});

it('tells that its database has no space, and is right afterwards', async () => {
  const volumeId = await testbed.volume(1);
  leaveNoSpaceInDatabase();
  const refused = { code: 'Unavailable', message: expect.stringMatching(/metadata database/) };
  await expect(testbed.alice.CreateVolume({ sizeMiB: 1 })).rejects.toMatchObject(refused);
  await expect(testbed.alice.DeleteVolume({ volumeId })).rejects.toMatchObject(refused);
  // To look takes no space.
  expect(await testbed.alice.DescribeVolume({ volumeId })).toMatchObject({ status: 'available' });
  expectAlive(testbed, pids);
  database.free();
  await worksAgain();
});

it('makes nothing where volumes have no space, leaves nothing behind, and works again with space', async () => {
  const volumeId = await testbed.volume(8);
  volumes.fill();
  await expect(testbed.alice.CreateVolume({ sizeMiB: 1 })).rejects.toMatchObject({
    code: 'InsufficientVolumeCapacity',
  });
  await expect(testbed.alice.CreateSnapshot({ volumeId })).rejects.toMatchObject({
    code: 'InsufficientVolumeCapacity',
  });
  expect(await testbed.files()).toEqual(['hog', volumeId].sort());
  // What frees space must work without any.
  await testbed.alice.DeleteVolume({ volumeId });
  volumes.free();
  await worksAgain();
});

it('fails what was promised its space when another takes it, and tells why', async () => {
  const { volumeId } = await testbed.alice.CreateVolume({ sizeMiB: 40 });
  volumes.fill();
  const volume = await testbed.settled(volumeId);
  // A dd that was quicker has made it.
  if (volume.status === FAILURE) expect(volume.statusMessage).toMatch(/No space left on device$/);
  volumes.free();
  await testbed.alice.DeleteVolume({ volumeId });
  await worksAgain();
});

it('takes no order that the Volume Delegate cannot write down, and forgets none', async () => {
  const volumeId = await testbed.volume(1);
  // What is written down anew when its outcome was heard would give a little space back.
  await until('nothing is being written down', async () =>
    unreported(state.path).length === 0 ? true : undefined,
  );
  state.fill();
  await expect(testbed.alice.CreateVolume({ sizeMiB: 1 })).rejects.toMatchObject({
    code: 'Unavailable',
  });
  // It was acknowledged: the reconciler goes on until it is done.
  await testbed.alice.DeleteVolume({ volumeId });
  expect(await testbed.files()).toEqual([volumeId]);
  state.free();
  await until('the deletion is done', () => gone(volumeId));
  await worksAgain();
});

it('goes on when its log has no space, and logs again when it has', async () => {
  logs.fill();
  await worksAgain();
  await expect(testbed.alice.CreateVolume({ sizeMiB: 0 })).rejects.toMatchObject({
    code: 'InvalidParameterValue',
  });
  logs.free();
  // The line at which the space ended may be torn, and this one with it.
  await testbed.volume(1);
  const { requestId } = await testbed.alice.CreateVolume({ sizeMiB: 1 });
  await testbed.deployment.service('vbslustre').waitForLog('done', { requestId });
  await worksAgain();
});

function leaveNoSpaceInDatabase(): void {
  // Space inside its files would be used first.
  const beside = openBeside(join(database.path, 'vbs.sqlite'));
  beside.pragma('wal_checkpoint(TRUNCATE)');
  beside.close();
  database.fill();
}

/** Everything is where it belongs, and a volume can be made, copied and deleted as ever. */
async function worksAgain(): Promise<void> {
  const { alice } = testbed;
  const volumeId = await until('a volume can be made', () =>
    testbed.volume(2).catch((error) => {
      // The delegate may have been silent for a while.
      if (error.code === 'Unavailable') return undefined;
      throw error;
    }),
  );
  const { snapshotId } = await alice.CreateSnapshot({ volumeId });
  await until('the copy is made', async () =>
    (await alice.DescribeSnapshot({ snapshotId })).status === 'available' ? true : undefined,
  );
  await expectPeace(testbed, pids);
  await alice.DeleteSnapshot({ snapshotId });
  for (const { volumeId: each } of (await alice.DescribeVolumes({})).volumeSet.item) {
    await alice.DeleteVolume({ volumeId: each });
  }
  await expectPeace(testbed, pids);
}

async function gone(volumeId: string): Promise<true | undefined> {
  const { volumeSet } = await testbed.alice.DescribeVolumes({});
  return volumeSet.item.some((each) => each.volumeId === volumeId) ? undefined : true;
}
