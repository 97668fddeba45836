import { chmod, link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@vbs-lustre/shared/ids';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  createSnapshot,
  createVolume,
  type Delegate,
  deletion,
  extendVolume,
  MIB,
  makeFolders,
  startDelegate,
} from './testing/delegate.js';

const DATA = Buffer.from('precious'.repeat(MIB / 8));
let folders: Awaited<ReturnType<typeof makeFolders>>;
let delegate: Delegate;

beforeEach(async () => {
  folders = await makeFolders();
  delegate = await startDelegate(folders, { blank: 'auto' });
});
afterEach(async () => {
  await delegate.jobs.stop();
  await folders.remove();
});

const pathOf = (id: string) => join(folders.directory, id);

async function snapshot(): Promise<string> {
  const volumeId = newId('vol');
  await writeFile(pathOf(volumeId), DATA);
  const order = createSnapshot(volumeId, { sizeBytes: DATA.length });
  await delegate.finish(order);
  await delegate.finish(deletion(volumeId));
  return order.id;
}

const readOnly = (sourceId: string, sizeBytes = DATA.length) =>
  createVolume({ sourceId, sizeBytes, readOnly: true });

test('a volume that is never written is its snapshot, under another name', async () => {
  const snapshotId = await snapshot();
  const order = readOnly(snapshotId);
  expect(await delegate.finish(order)).toMatchObject({ state: 'available', method: 'link' });
  const [volume, source] = [await stat(pathOf(order.id)), await stat(pathOf(snapshotId))];
  expect(volume.ino).toBe(source.ino);
  expect((volume.mode & 0o7777).toString(8)).toBe('4440');
  expect(delegate.reports.at(-1)).toMatchObject({ state: 'available', method: 'link' });
  expect(await delegate.listing()).toEqual([snapshotId, order.id].sort());
});

test('the data is there until the last name is gone, in whatever order', async () => {
  const snapshotId = await snapshot();
  const [one, two] = [readOnly(snapshotId), readOnly(snapshotId)];
  for (const order of [one, two]) await delegate.finish(order);
  await delegate.finish(deletion(one.id));
  await delegate.finish(deletion(snapshotId));
  expect((await readFile(pathOf(two.id))).equals(DATA)).toBe(true);
  await delegate.finish(deletion(two.id));
  expect(await delegate.listing()).toEqual([]);
});

test('a name that is set aside takes nothing from the others', async () => {
  const snapshotId = await snapshot();
  const order = readOnly(snapshotId);
  await delegate.finish(order);
  await delegate.files.setAside(order.id, newId('ord'));
  expect((await readFile(pathOf(snapshotId))).equals(DATA)).toBe(true);
});

test('it is never extended: that would be its snapshot', async () => {
  const snapshotId = await snapshot();
  const order = readOnly(snapshotId);
  await delegate.finish(order);
  const sizes = { fromBytes: DATA.length, sizeBytes: 2 * DATA.length };
  expect(await delegate.finish(extendVolume(order.id, sizes))).toMatchObject({
    ...{ state: 'failed', message: 'it is only read, and never extended' },
  });
  expect((await readFile(pathOf(snapshotId))).equals(DATA)).toBe(true);
  expect(((await stat(pathOf(order.id))).mode & 0o7777).toString(8)).toBe('4440');
  expect(await delegate.listing()).toEqual([snapshotId, order.id].sort());
});

test('it takes no space, however little there is', async () => {
  const snapshotId = await snapshot();
  delegate.ledger.reserve = () => Promise.reject(new Error('no space is asked for'));
  expect(await delegate.finish(readOnly(snapshotId))).toMatchObject({ method: 'link' });
});

test('what an earlier life has linked is found', async () => {
  const snapshotId = await snapshot();
  const order = readOnly(snapshotId);
  await link(pathOf(snapshotId), pathOf(order.id));
  expect(await delegate.finish(order)).toMatchObject({ state: 'available' });
  expect(await delegate.listing()).toEqual([snapshotId, order.id].sort());
});

test('it fails without its snapshot, or with one of another size, and leaves nothing', async () => {
  const snapshotId = await snapshot();
  const wrong = await delegate.finish(readOnly(snapshotId, DATA.length + 1));
  expect(wrong).toMatchObject({ state: 'failed', message: expect.stringMatching(/ instead of /) });
  await rm(pathOf(snapshotId));
  const none = await delegate.finish(readOnly(snapshotId));
  expect(none).toMatchObject({ state: 'failed', message: `${snapshotId} has no file` });
  expect(await delegate.listing()).toEqual([]);
});

test('where a file can have no second name, it is a copy that nobody writes', async () => {
  const snapshotId = await snapshot();
  delegate.files.linkSnapshot = async (source, name) => {
    // As `ln` to another file system, or beyond what one inode may have.
    const { runIn } = await import('../runIn.js');
    await runIn(folders.directory, 10_000)('ln', ['-T', '--', source, `/proc/${name}`]);
  };
  const order = readOnly(snapshotId);
  expect(await delegate.finish(order)).toMatchObject({ state: 'available', method: 'copy' });
  const volume = await stat(pathOf(order.id));
  expect(volume.ino).not.toBe((await stat(pathOf(snapshotId))).ino);
  expect((volume.mode & 0o7777).toString(8)).toBe('4440');
  expect((await readFile(pathOf(order.id))).equals(DATA)).toBe(true);
});

test('a snapshot made before there were such volumes is marked as well', async () => {
  const snapshotId = await snapshot();
  await chmod(pathOf(snapshotId), 0o440);
  await delegate.finish(readOnly(snapshotId));
  expect(((await stat(pathOf(snapshotId))).mode & 0o7777).toString(8)).toBe('4440');
});
