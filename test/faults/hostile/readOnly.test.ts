import { afterAll, beforeAll, expect, it } from 'vitest';
import { Gate } from '../../support/gate.js';
import { Testbed } from '../../support/testbed.js';
import { SmallDisk } from './disk.js';
import { expectAlive, expectPeace, type Pids, pidsOf } from './peace.js';

const FAILURE = 'failure : cmd error';
let testbed: Testbed;
let pids: Pids;
let disk: SmallDisk;
let gate: Gate;

beforeAll(async () => {
  testbed = await Testbed.prepare({
    frontEndSettings: { reconcileSeconds: 1 },
    volumeDelegates: [{ settings: { blank: 'zero' } }],
  });
  const { layout, options } = testbed.deployment;
  disk = SmallDisk.mount(layout.volumes, 64);
  gate = new Gate(layout.home);
  Object.assign(options.volumeDelegates[0] as object, { env: gate.env });
  await testbed.deployment.start();
  pids = pidsOf(testbed);
});

afterAll(async () => {
  await testbed?.deployment.stop();
  disk?.unmount();
  await testbed?.stop();
});

it('fails what a file system that became read-only prevents, and ends it all when it is writable', async () => {
  const { alice } = testbed;
  const kept = await testbed.volume(1);
  gate.close();
  const { volumeId } = await alice.CreateVolume({ sizeMiB: 1 });
  // dd waits before it opens the file that it is to fill: a file that is open keeps a file system writable.
  await gate.arrived(volumeId);
  disk.makeReadOnly();
  gate.open();
  const failed = await testbed.settled(volumeId);
  expect(failed).toMatchObject({
    status: FAILURE,
    statusMessage: expect.stringMatching(/^dd: .*Read-only file system$/),
  });
  await expect(alice.CreateVolume({ sizeMiB: 1 })).rejects.toMatchObject({ code: 'Unavailable' });
  const deleted = await alice.DeleteVolume({ volumeId: kept }).catch((fault) => fault);
  // One that takes long is answered before its end.
  if (deleted.return !== true) {
    expect(deleted.message).toBe(`The file of ${kept} could not be deleted.`);
  }
  await testbed.deletionsEnd();
  expect(await alice.DescribeVolume({ volumeId: kept })).toMatchObject({
    status: FAILURE,
    statusMessage: expect.stringMatching(/Read-only file system$/),
  });
  expectAlive(testbed, pids);

  disk.makeWritable();
  for (const each of [volumeId, kept]) await alice.DeleteVolume({ volumeId: each });
  const made = await testbed.volume(1);
  // The part that could not be removed went with its volume, or was set aside before.
  await expectPeace(testbed, pids);
  expect((await testbed.files()).filter((name) => name !== '.aside')).toEqual([made]);
  await alice.DeleteVolume({ volumeId: made });
  await expectPeace(testbed, pids);
});
