import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exchangeFolderOf } from '@vbs-lustre/shared/exchange';
import { afterEach, expect, test } from 'vitest';
import { mountImage, type SmallFileSystem } from '../storage/testing/smallFileSystem.js';
import type { Blank } from './fill.js';
import {
  createSnapshot,
  createVolume,
  type Delegate,
  importVolume,
  MIB,
  makeFolders,
  startDelegate,
} from './testing/delegate.js';
import { closeGate } from './testing/gate.js';

const SIZE = 8 * MIB;

let fileSystem: SmallFileSystem;
let folders: Awaited<ReturnType<typeof makeFolders>>;
let delegate: Delegate;
let gate: Awaited<ReturnType<typeof closeGate>> | undefined;

/** An XFS that says of itself, as no local file system does, that it sets no space aside. */
async function startOnFakeCloneOnly(blank: Blank): Promise<void> {
  fileSystem = await mountImage('xfs');
  folders = await makeFolders();
  const { directory } = fileSystem;
  delegate = await startDelegate({ directory, state: folders.state }, { blank, maxJobs: 1 });
  delegate.files.reserve = async () => false;
  delegate.files.canReserve = async () => false;
}

afterEach(async () => {
  await delegate.jobs.stop();
  await gate?.remove();
  gate = undefined;
  await fileSystem.unmount();
  await folders.remove();
});

const pathOf = (id: string) => join(fileSystem.directory, id);

/** With data in its third MiB. */
async function snapshot() {
  const volumeId = createVolume().id;
  await writeFile(pathOf(volumeId), '');
  const file = await open(pathOf(volumeId), 'r+');
  await file.truncate(SIZE);
  await file.write(Buffer.alloc(MIB, 1), 0, MIB, 2 * MIB);
  await file.close();
  const order = createSnapshot(volumeId, { sizeBytes: SIZE });
  expect(await delegate.finish(order)).toMatchObject({ state: 'available', method: 'clone' });
  return { ...order, data: await readFile(pathOf(volumeId)) };
}

test('what a clone lacks to its size is written where data is, and not where clones are made', async () => {
  await startOnFakeCloneOnly('auto');
  const { id, data } = await snapshot();
  gate = await closeGate();
  const order = createVolume({ sourceId: id, sizeBytes: SIZE + 3 * MIB });
  await delegate.jobs.submit(order);
  await gate.arrived();
  const { copy, quick } = delegate.jobs.lanes;
  expect([copy.activeCount, quick.activeCount]).toEqual([1, 0]);
  const same = createVolume({ sourceId: id, sizeBytes: SIZE });
  expect(await delegate.finish(same)).toMatchObject({ state: 'available', method: 'clone' });
  await gate.open();
  expect(await delegate.ended(order)).toMatchObject({ state: 'available', method: 'clone' });
  const expected = Buffer.concat([data, Buffer.alloc(3 * MIB)]);
  expect((await readFile(pathOf(order.id))).equals(expected)).toBe(true);
});

test.each([SIZE, SIZE + 3 * MIB])(
  'a clone of %i bytes fails where space must be set aside, and nothing is left',
  async (sizeBytes) => {
    await startOnFakeCloneOnly('reserve');
    const { id, sourceId } = await snapshot();
    const order = createVolume({ sourceId: id, sizeBytes });
    expect(await delegate.finish(order)).toMatchObject({
      state: 'failed',
      message: 'the file system of the volumes cannot reserve space',
    });
    expect(await delegate.listing()).toEqual([id, sourceId].sort());
  },
);

test('what is imported fails where the rest of its volume must be set aside, and nothing is left', async () => {
  fileSystem = await mountImage('ext2');
  folders = await makeFolders();
  const [directory, exchange] = [pathOf('volumes'), pathOf('exchange')];
  const name = { owner: 'CN=alice', fileName: 'disk.img' };
  const own = join(exchange, exchangeFolderOf(name.owner));
  await mkdir(directory);
  await mkdir(own, { recursive: true });
  await writeFile(join(own, name.fileName), Buffer.alloc(3 * MIB, 'x'));
  const { state } = folders;
  delegate = await startDelegate({ directory, exchange, state }, { blank: 'reserve' });
  const order = importVolume({ ...name, sizeBytes: 3 * MIB }, { sizeBytes: SIZE });
  expect(await delegate.finish(order)).toMatchObject({
    state: 'failed',
    message: 'the file system of the volumes cannot reserve space',
  });
  expect(await delegate.listing()).toEqual([]);
});
