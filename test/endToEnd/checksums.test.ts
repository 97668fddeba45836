import { createHash } from 'node:crypto';
import { chmodSync, closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Testbed, until } from '../support/testbed.js';

const SIZE_MIB = 8;
let testbed: Testbed;

beforeAll(async () => {
  testbed = await Testbed.start({
    frontEndSettings: { checksumSnapshots: true, warmCloneMarginGiB: 0 },
  });
});
afterAll(() => testbed.stop());

const pathOf = (id: string) => join(testbed.deployment.layout.volumes, id);

function write(id: string, text: string, place: number): void {
  chmodSync(pathOf(id), 0o600);
  const file = openSync(pathOf(id), 'r+');
  writeSync(file, text, place);
  closeSync(file);
}

async function snapshot(): Promise<string> {
  const volumeId = await testbed.volume(SIZE_MIB);
  write(volumeId, 'precious', 4096);
  const { snapshotId } = await testbed.alice.CreateSnapshot({ volumeId });
  return until(`${snapshotId} is available`, async () => {
    const { status } = await testbed.alice.DescribeSnapshot({ snapshotId });
    return status === 'available' ? snapshotId : undefined;
  });
}

it('a snapshot shows the SHA-256 of its file', async () => {
  const snapshotId = await snapshot();
  const sha256 = createHash('sha256')
    .update(readFileSync(pathOf(snapshotId)))
    .digest('hex');
  expect(await testbed.alice.DescribeSnapshot({ snapshotId })).toMatchObject({ sha256 });
});

describe.each([
  ['a volume', {}],
  ['a larger volume', { sizeMiB: 2 * SIZE_MIB }],
  ['a read-only volume', { readOnly: true }],
])('%s', (_, request) => {
  it('is made of a whole snapshot', async () => {
    const { volumeId } = await testbed.alice.CreateVolume({
      snapshotId: await snapshot(),
      ...request,
    });
    expect(await testbed.settled(volumeId)).toMatchObject({ status: 'available' });
  });

  it('is never made of a damaged snapshot', async () => {
    const snapshotId = await snapshot();
    write(snapshotId, 'q', 4096);
    const { volumeId } = await testbed.alice.CreateVolume({ snapshotId, ...request });
    expect(await testbed.settled(volumeId)).toMatchObject({
      status: 'failure : cmd error',
      statusMessage: expect.stringContaining(`the data of ${snapshotId} is damaged`),
    });
    const files = await testbed.files();
    expect(files.filter((name) => name.includes(volumeId))).toEqual([]);
  });
});

it('of a damaged snapshot no volume is kept ready', async () => {
  const snapshotId = await snapshot();
  write(snapshotId, 'q', 4096);
  await testbed.alice.EnableFastSnapshotRestores({ snapshotId, count: 1 });
  const snapshotSet = { item: [{ snapshotId }] };
  const reason = await until('one could not be made', async () => {
    const { fastSnapshotRestoreSet } = await testbed.alice.DescribeFastSnapshotRestores({
      snapshotSet,
    });
    const told = fastSnapshotRestoreSet.item[0]?.stateTransitionReason;
    return told?.startsWith('One could not be made') ? told : undefined;
  });
  expect(reason).toContain(`the data of ${snapshotId} is damaged`);
  const { volumeId } = await testbed.alice.CreateVolume({ snapshotId });
  expect(await testbed.settled(volumeId)).toMatchObject({ status: 'failure : cmd error' });
});
