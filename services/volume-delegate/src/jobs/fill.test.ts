import { mkdir, open, readFile, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exchangeFolderOf } from '@vbs-lustre/shared/exchange';
import { newId } from '@vbs-lustre/shared/ids';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type ImageKind,
  mountImage,
  type SmallFileSystem,
} from '../storage/testing/smallFileSystem.js';
import type { Blank } from './fill.js';
import {
  createSnapshot,
  createVolume,
  type Delegate,
  exportOf,
  importVolume,
  MIB,
  makeFolders,
  startDelegate,
} from './testing/delegate.js';

const SIZE = 8 * MIB;
/** The most that a file with one MiB of data takes: xfs is generous, and lists of blocks take blocks. */
const LITTLE = 3 * MIB;

let fileSystem: SmallFileSystem;
let folders: Awaited<ReturnType<typeof makeFolders>>;
let delegate: Delegate;

async function startOn(kind: ImageKind, blank: Blank, copiesWith?: 'cp'): Promise<void> {
  fileSystem = await mountImage(kind);
  folders = await makeFolders();
  const { directory } = fileSystem;
  const options = { blank, ...(copiesWith && { copiesWith }) };
  delegate = await startDelegate({ directory, state: folders.state }, options);
}

afterEach(async () => {
  await delegate.jobs.stop();
  await fileSystem.unmount();
  await folders.remove();
});

const pathOf = (id: string) => join(fileSystem.directory, id);
const spaceOf = async (id: string) => (await stat(pathOf(id))).blocks * 512;
/** Where a file system shares blocks, those of a file say nothing of the space that is left. */
const usedSpace = async () => {
  const { blocks, bfree, bsize } = await statfs(fileSystem.directory);
  return (blocks - bfree) * bsize;
};

/** Makes a volume, writes its third MiB, and makes a snapshot of it. */
async function sparseSnapshot() {
  const volume = createVolume({ sizeBytes: SIZE });
  await delegate.finish(volume);
  const file = await open(pathOf(volume.id), 'r+');
  await file.truncate(0);
  await file.truncate(SIZE);
  await file.write(Buffer.alloc(MIB, 1), 0, MIB, 2 * MIB);
  await file.close();
  const snapshot = createSnapshot(volume.id, { sizeBytes: SIZE });
  const job = await delegate.finish(snapshot);
  return { ...snapshot, job, data: await readFile(pathOf(volume.id)) };
}

describe('an empty volume reads as zeroes', () => {
  test.each([
    ['ext4', 'auto', 'reserve'],
    ['xfs', 'auto', 'reserve'],
    ['btrfs', 'reserve', 'reserve'],
    ['ext4', 'thin', 'thin'],
    ['ext4', 'zero', 'zero'],
    // It can't set space aside: auto is never silently thin.
    ['ext2', 'auto', 'zero'],
    ['ext2', 'thin', 'thin'],
  ] as const)('on %s, where blank is %s, made by %s', async (kind, blank, method) => {
    await startOn(kind, blank);
    const order = createVolume({ sizeBytes: SIZE });
    expect(await delegate.finish(order)).toMatchObject({ state: 'available', method });
    expect((await readFile(pathOf(order.id))).equals(Buffer.alloc(SIZE))).toBe(true);
    const isThere = (await spaceOf(order.id)) >= SIZE;
    expect(isThere).toBe(method !== 'thin');
    expect(await delegate.listing()).toContain(order.id);
  });

  test('but fails where space is to be set aside, and can’t be', async () => {
    await startOn('ext2', 'reserve');
    expect(await delegate.finish(createVolume())).toMatchObject({
      state: 'failed',
      message: 'the file system of the volumes cannot reserve space',
    });
    expect(await delegate.listing()).toEqual(['lost+found']);
  });

  test('in an instant, whatever its size', async () => {
    await startOn('xfs', 'reserve');
    // As large as the file system lets it be: no second would be enough to write it to such a disk.
    const order = createVolume({ sizeBytes: 384 * MIB });
    expect(await delegate.finish(order)).toMatchObject({ state: 'available', method: 'reserve' });
    expect(await spaceOf(order.id)).toBeGreaterThanOrEqual(384 * MIB);
  });
});

test.each(['reserve', 'thin', 'zero'] as const)(
  'what was begun and taken away is not begun anew, where blank is %s',
  async (blank) => {
    await startOn('ext4', blank);
    const order = createVolume({ sizeBytes: SIZE });
    // As if its volume had been deleted, at another delegate, when it had waited for its turn.
    delegate.ledger.reserve = async () => '';
    expect(await delegate.finish(order)).toMatchObject({
      state: 'failed',
      message: `what was begun of ${order.id} was removed`,
    });
    expect(await delegate.listing()).toEqual(['lost+found']);
  },
);

describe('a copy has its data, and a volume its space', () => {
  test.each([
    ['ext4', 'auto', 'copy', undefined],
    ['ext4', 'auto', 'copy', 'cp'],
    ['ext4', 'thin', 'copy', undefined],
    ['ext4', 'thin', 'copy', 'cp'],
    ['ext4', 'zero', 'copy', undefined],
    ['ext2', 'auto', 'copy', undefined],
    ['ext2', 'auto', 'copy', 'cp'],
    ['xfs', 'auto', 'clone', undefined],
    ['xfs', 'thin', 'clone', undefined],
    ['xfs', 'zero', 'copy', undefined],
    ['btrfs', 'auto', 'clone', undefined],
  ] as const)('on %s, where blank is %s, by a %s (%s)', async (kind, blank, method, copiesWith) => {
    await startOn(kind, blank, copiesWith);
    const snapshot = await sparseSnapshot();
    expect(snapshot.job).toMatchObject({ state: 'available', method });
    expect((await readFile(pathOf(snapshot.id))).equals(snapshot.data)).toBe(true);
    // Of the 8 MiB, one has data.
    expect(await spaceOf(snapshot.id)).toBeLessThan(LITTLE);
    const larger = createVolume({ sourceId: snapshot.id, sizeBytes: SIZE + 3 * MIB });
    const same = createVolume({ sourceId: snapshot.id, sizeBytes: SIZE });
    for (const order of [larger, same]) {
      expect(await delegate.finish(order)).toMatchObject({ state: 'available', method });
      const zeroes = Buffer.alloc(order.sizeBytes - SIZE);
      const data = await readFile(pathOf(order.id));
      expect(data.equals(Buffer.concat([snapshot.data, zeroes]))).toBe(true);
      const isThere = (await spaceOf(order.id)) >= order.sizeBytes;
      expect(isThere).toBe(blank !== 'thin');
    }
  });

  test.each(['auto', 'thin'] as const)(
    'nothing is left out of a source that is too large, where blank is %s',
    async (blank) => {
      await startOn('xfs', blank);
      const { id } = await sparseSnapshot();
      for (const order of [createVolume({ sourceId: id }), createSnapshot(id)]) {
        const message = `${id} has ${SIZE} bytes instead of ${order.sizeBytes}`;
        expect(await delegate.finish(order)).toMatchObject({ state: 'failed', message });
        expect(await delegate.listing()).not.toContain(order.id);
      }
    },
  );

  test('a clone takes no space, and its writes change nothing else', async () => {
    await startOn('xfs', 'thin');
    const volume = createVolume({ sizeBytes: 32 * MIB });
    await delegate.finish(volume);
    await writeFile(pathOf(volume.id), Buffer.alloc(32 * MIB, 1), { flag: 'r+', flush: true });
    const before = await usedSpace();
    const snapshot = createSnapshot(volume.id, { sizeBytes: 32 * MIB });
    await delegate.finish(snapshot);
    const clone = createVolume({ sourceId: snapshot.id, sizeBytes: 32 * MIB });
    await delegate.finish(clone);
    expect((await usedSpace()) - before).toBeLessThan(MIB);
    await writeFile(pathOf(clone.id), Buffer.alloc(MIB, 2), { flag: 'r+' });
    const data = await readFile(pathOf(snapshot.id));
    expect(data.equals(Buffer.alloc(32 * MIB, 1))).toBe(true);
  });
});

describe('files of users', () => {
  const NAME = { owner: 'CN=alice', fileName: 'disk.img' };
  let inExchange: string;

  async function startWithExchange(kind: ImageKind, blank: Blank): Promise<void> {
    fileSystem = await mountImage(kind);
    folders = await makeFolders();
    const [directory, exchange] = ['volumes', 'exchange'].map((name) =>
      join(fileSystem.directory, name),
    ) as [string, string];
    inExchange = join(exchange, exchangeFolderOf(NAME.owner), NAME.fileName);
    await mkdir(dirname(inExchange), { recursive: true });
    await mkdir(directory);
    delegate = await startDelegate({ directory, exchange, state: folders.state }, { blank });
  }

  test.each([
    ['xfs', 'auto'],
    ['xfs', 'thin'],
    ['ext2', 'auto'],
  ] as const)(
    'are imported into a volume with its space, on %s, where blank is %s',
    async (kind, blank) => {
      await startWithExchange(kind, blank);
      const data = Buffer.alloc(3 * MIB, 'x');
      await writeFile(inExchange, data);
      const importFrom = { ...NAME, sizeBytes: data.length };
      const order = importVolume(importFrom, { sizeBytes: SIZE });
      expect(await delegate.finish(order)).toMatchObject({ state: 'available', method: 'copy' });
      const path = join(fileSystem.directory, 'volumes', order.id);
      const zeroes = Buffer.alloc(SIZE - data.length);
      expect((await readFile(path)).equals(Buffer.concat([data, zeroes]))).toBe(true);
      expect((await stat(path)).blocks * 512 >= SIZE).toBe(blank !== 'thin');
    },
  );

  test('are no clones: nobody counts what a volume may still need then', async () => {
    await startWithExchange('xfs', 'auto');
    const volumeId = newId('vol');
    const data = Buffer.alloc(32 * MIB, 'x');
    await writeFile(join(fileSystem.directory, 'volumes', volumeId), data, { flush: true });
    const before = await usedSpace();
    const order = exportOf(volumeId, NAME, { sizeBytes: data.length });
    expect(await delegate.finish(order)).toMatchObject({ state: 'available' });
    expect((await usedSpace()) - before).toBeGreaterThanOrEqual(32 * MIB);
  });
});

describe('a file system that is full', () => {
  test.each([
    ['reserve', /^fallocate: .*No space left on device$/],
    ['zero', /^dd: .*No space left on device$/],
  ] as const)('fails a volume by %s, and nothing is left', async (blank, message) => {
    await startOn('ext4', blank);
    const order = createVolume({ sizeBytes: 64 * MIB });
    // Promised, and then taken by somebody who knows of no promises.
    delegate.ledger.reserve = async () => {
      await writeFile(pathOf(`.${order.id}.${order.sizeBytes}.${order.orderId}.part`), '');
      return '';
    };
    await fill();
    expect(await delegate.finish(order)).toMatchObject({
      state: 'failed',
      message: expect.stringMatching(message),
    });
    expect(await delegate.listing()).toEqual(['hog', 'lost+found']);
  });

  test.each([undefined, 'cp'] as const)('fails a copy, and nothing is left (%s)', async (tool) => {
    await startOn('ext4', 'auto', tool);
    const snapshot = await sparseSnapshot();
    const order = createVolume({ sourceId: snapshot.id, sizeBytes: SIZE });
    delegate.ledger.reserve = async () => {
      await writeFile(pathOf(`.${order.id}.${order.sizeBytes}.${order.orderId}.part`), '');
      return '';
    };
    await fill();
    expect(await delegate.finish(order)).toMatchObject({
      state: 'failed',
      message: expect.stringMatching(/^(cp|fallocate): .*No space left on device$/),
    });
    expect(await delegate.listing()).not.toContain(order.id);
    expect((await delegate.listing()).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

/** Takes all but a little of the space. */
async function fill(): Promise<void> {
  const hog = await open(pathOf('hog'), 'w');
  try {
    for (;;) await hog.write(Buffer.alloc(MIB));
  } catch {
    // It is full.
  } finally {
    await hog.close();
  }
}
