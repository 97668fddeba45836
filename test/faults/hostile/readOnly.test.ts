import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Testbed, until } from '../../support/testbed.js';
import { SmallDisk } from './disk.js';
import { expectAlive, expectPeace, type Pids, pidsOf } from './peace.js';

const FAILURE = 'failure : cmd error';
let testbed: Testbed;
let pids: Pids;
let disk: SmallDisk;

beforeAll(async () => {
  testbed = await Testbed.prepare({
    frontEndSettings: { reconcileSeconds: 1 },
    volumeDelegates: [{ settings: { blank: 'zero' } }],
  });
  const { layout, options } = testbed.deployment;
  disk = SmallDisk.mount(layout.volumes, 64);
  const env = { PATH: `${waitingDd(layout.home)}:${process.env.PATH}` };
  Object.assign(options.volumeDelegates[0] as object, { env });
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
  go();
  const kept = await testbed.volume(1);
  stopAll();
  const { volumeId } = await alice.CreateVolume({ sizeMiB: 1 });
  await until('dd is about to write', async () =>
    (await testbed.files()).some((name) => name.endsWith('.part')) ? true : undefined,
  );
  disk.makeReadOnly();
  go();
  const failed = await testbed.settled(volumeId);
  expect(failed).toMatchObject({
    status: FAILURE,
    statusMessage: expect.stringMatching(/^dd: .*Read-only file system$/),
  });
  await expect(alice.CreateVolume({ sizeMiB: 1 })).rejects.toMatchObject({ code: 'Unavailable' });
  await expect(alice.DeleteVolume({ volumeId: kept })).rejects.toMatchObject({
    message: `The file of ${kept} could not be deleted.`,
  });
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

/** Lets dd fill files. */
function go(): void {
  writeFileSync(join(testbed.deployment.layout.home, 'go'), '');
}

/** Has dd wait before it opens the file that it is to fill: a file that is open keeps a file system writable. */
function stopAll(): void {
  rmSync(join(testbed.deployment.layout.home, 'go'));
}

/** A folder with a dd that waits for {@link go}: the real one. */
function waitingDd(home: string): string {
  const folder = join(home, 'bin');
  mkdirSync(folder);
  const program = join(folder, 'dd');
  const waits = `while [ "$1" = if=/dev/zero ] && [ ! -e ${home}/go ]; do sleep 0.05; done`;
  writeFileSync(program, `#!/bin/sh\n${waits}\nexec /usr/bin/dd "$@"\n`);
  chmodSync(program, 0o755);
  return folder;
}
