import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exchangeFolderOf } from '@vbs-lustre/shared/exchange';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { longRun } from '../longRun.js';
import { Pace } from './pace.js';
import {
  createSnapshot,
  createVolume,
  type Delegate,
  extendVolume,
  importVolume,
  MIB,
  makeFolders,
  startDelegate,
} from './testing/delegate.js';

const SIZE = 12 * MIB;
/** Of what is written at 4 MiB a second. QEMU waits after a request, so not for its last ones. */
const AT_LEAST_MS = 2_000;

let folders: Awaited<ReturnType<typeof makeFolders>>;
beforeEach(async () => {
  folders = await makeFolders();
});
afterEach(() => folders.remove());

test('each of the jobs that write at once has its share', () => {
  expect(new Pace(10, 4).share).toBe(2.5 * MIB);
  expect(new Pace(undefined, 4).share).toBeUndefined();
});

test('what keeps a pace has the time that it takes', () => {
  const bytes = 1024 * 1024 * MIB;
  const { timeoutMs } = longRun(bytes, undefined, MIB);
  expect(timeoutMs).toBeGreaterThan((bytes / MIB) * 1000);
});

test('an abort ends the rest between two slices', async () => {
  const abort = new AbortController();
  const slices: number[][] = [];
  const writing = new Pace(1).write(0, 100 * MIB, abort.signal, async (from, to) => {
    slices.push([from, to]);
    abort.abort(new Error('enough'));
  });
  await expect(writing).rejects.toThrow();
  expect(slices).toEqual([[0, MIB]]);
});

describe('no more than the pace is written', () => {
  let delegate: Delegate;
  beforeEach(async () => {
    delegate = await startDelegate(folders, { pace: new Pace(4) });
  });
  afterEach(() => delegate.jobs.stop());

  const pathOf = (id: string) => join(folders.directory, id);

  async function volumeWithData() {
    const volume = createVolume({ sizeBytes: MIB });
    await delegate.finish(volume);
    const file = await open(pathOf(volume.id), 'r+');
    await file.write(Buffer.alloc(SIZE, 1));
    await file.close();
    return volume.id;
  }

  async function takesTime(work: Promise<{ state: string } | undefined>): Promise<void> {
    const began = performance.now();
    expect(await work).toMatchObject({ state: 'available' });
    expect(performance.now() - began).toBeGreaterThan(AT_LEAST_MS);
  }

  test('of zeroes', async () => {
    const volume = createVolume({ sizeBytes: SIZE });
    await takesTime(delegate.finish(volume));
    expect((await readFile(pathOf(volume.id))).equals(Buffer.alloc(SIZE))).toBe(true);
    await takesTime(
      delegate.finish(extendVolume(volume.id, { fromBytes: SIZE, sizeBytes: 2 * SIZE })),
    );
    expect((await readFile(pathOf(volume.id))).equals(Buffer.alloc(2 * SIZE))).toBe(true);
  });

  test('of copies', async () => {
    const id = await volumeWithData();
    const snapshot = createSnapshot(id, { sizeBytes: SIZE });
    await takesTime(delegate.finish(snapshot));
    expect((await readFile(pathOf(snapshot.id))).equals(Buffer.alloc(SIZE, 1))).toBe(true);
    // Where blank is zero, its holes are written, too.
    const volume = createVolume({ sourceId: snapshot.id, sizeBytes: SIZE });
    await takesTime(delegate.finish(volume));
    expect((await readFile(pathOf(volume.id))).equals(Buffer.alloc(SIZE, 1))).toBe(true);
  });

  test('of imports', async () => {
    const { exchange } = folders;
    const name = { owner: 'CN=alice', fileName: 'disk.img' };
    const path = join(exchange, exchangeFolderOf(name.owner), name.fileName);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, Buffer.alloc(SIZE, 2));
    const order = importVolume({ ...name, sizeBytes: SIZE }, { sizeBytes: SIZE });
    await takesTime(delegate.finish(order));
    expect((await readFile(pathOf(order.id))).equals(Buffer.alloc(SIZE, 2))).toBe(true);
  });
});
