import { execFile } from 'node:child_process';
import {
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { exchangeFolderOf } from '@vbs-lustre/shared/exchange';
import { newId } from '@vbs-lustre/shared/ids';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { partOf } from '../jobs/job.js';
import { Journal } from '../jobs/journal.js';
import {
  type Delegate,
  type Export,
  exportOf,
  importVolume,
  log,
  MIB,
  makeFolders,
  startDelegate,
} from '../jobs/testing/delegate.js';
import { setFileAside } from '../operations/setFileAside.js';
import { openExchange } from './openExchange.js';

const NAME = { owner: 'CN=alice,OU=users', fileName: 'disk.img' };
const DATA = Buffer.alloc(MIB, 'precious ');
let folders: Awaited<ReturnType<typeof makeFolders>>;
let delegate: Delegate;
let volumeId: string;

beforeEach(async () => {
  folders = await makeFolders();
  delegate = await startDelegate(folders);
  volumeId = newId('vol');
  await writeFile(join(folders.directory, volumeId), DATA, { mode: 0o660 });
  await mkdir(pathOf(''));
});
afterEach(async () => {
  await delegate.jobs.stop();
  await folders.remove();
});

const pathOf = (name: string) => join(folders.exchange, exchangeFolderOf(NAME.owner), name);
const made = () => readdir(pathOf(''));
const partPath = (order: Export) => join(folders.directory, partOf(order));

/** As a delegate leaves it that is killed right after the file has its name. */
async function linked(order: Export): Promise<void> {
  await writeFile(partPath(order), DATA);
  await link(partPath(order), pathOf('disk.img'));
}

test('a volume becomes a file that its owner reads, and nothing else is left', async () => {
  const order = exportOf(volumeId, NAME);
  expect(await delegate.jobs.submit(order)).toMatchObject({ state: 'pending' });
  expect(await delegate.ended(order)).toMatchObject({ state: 'available' });
  expect((await readFile(pathOf('disk.img'))).equals(DATA)).toBe(true);
  expect((await stat(pathOf('disk.img'))).mode & 0o777).toBe(0o644);
  await expect.poll(() => delegate.listing()).toEqual([volumeId]);
  expect((await stat(pathOf('disk.img'))).nlink).toBe(1);
  expect(delegate.reports).toMatchObject([{ state: 'available', order }]);
});

test('what has holes has them in the file, too', async () => {
  const id = newId('snap');
  const file = await open(join(folders.directory, id), 'w');
  await file.truncate(32 * MIB);
  await file.write(DATA, 0, MIB, 8 * MIB);
  await file.close();
  await delegate.finish(exportOf(id, NAME, { sizeBytes: 32 * MIB }));
  const { size, blocks } = await stat(pathOf('disk.img'));
  expect(size).toBe(32 * MIB);
  expect(blocks * 512).toBeLessThan(4 * MIB);
});

test('what was exported is imported again at once', async () => {
  await delegate.finish(exportOf(volumeId, NAME));
  const order = importVolume({ ...NAME, sizeBytes: MIB });
  expect(await delegate.finish(order)).toMatchObject({ state: 'available' });
  expect((await readFile(join(folders.directory, order.id))).equals(DATA)).toBe(true);
});

const run = promisify(execFile);
const TAKEN: Record<string, () => Promise<unknown>> = {
  'a file': () => writeFile(pathOf('disk.img'), 'of the user'),
  'a link to a volume': () => symlink(join(folders.directory, volumeId), pathOf('disk.img')),
  'a link to nothing': () => symlink('nothing', pathOf('disk.img')),
  'a pipe': () => run('mkfifo', [pathOf('disk.img')]),
  'a folder': () => mkdir(pathOf('disk.img')),
  'a hard link to the volume': () => link(join(folders.directory, volumeId), pathOf('disk.img')),
};

test.each(Object.entries(TAKEN))('%s of that name is never replaced', async (_, take) => {
  await take();
  await expect(delegate.exchange?.checkFree(NAME)).rejects.toThrow('already');
  const before = await stat(pathOf('disk.img')).catch(() => undefined);
  const job = await delegate.finish(exportOf(volumeId, NAME));
  const folder = exchangeFolderOf(NAME.owner);
  const message = `there is a file disk.img in your exchange folder ${folder} already`;
  expect(job).toMatchObject({ state: 'failed', message });
  const after = await stat(pathOf('disk.img')).catch(() => undefined);
  expect([after?.ino, after?.size]).toEqual([before?.ino, before?.size]);
  expect(await delegate.listing()).toEqual([volumeId]);
  expect((await readFile(join(folders.directory, volumeId))).equals(DATA)).toBe(true);
});

test('a folder that leads elsewhere gets nothing', async () => {
  await rm(pathOf(''), { recursive: true });
  const elsewhere = join(folders.exchange, 'other');
  await mkdir(elsewhere);
  await symlink(elsewhere, join(folders.exchange, exchangeFolderOf(NAME.owner)));
  const job = await delegate.finish(exportOf(volumeId, NAME));
  expect(job).toMatchObject({ state: 'failed' });
  expect(await readdir(elsewhere)).toEqual([]);
});

test('killed after the file has its name, the next life knows that it is its own', async () => {
  const order = exportOf(volumeId, NAME);
  await linked(order);
  const journal = await Journal.open(folders.state);
  const changedAt = new Date().toISOString();
  await journal.put({ order, state: 'pending', reported: false, changedAt });
  const next = await startDelegate(folders);
  await next.jobs.resume();
  expect(await next.ended(order)).toMatchObject({ state: 'available' });
  await expect.poll(() => next.listing()).toEqual([volumeId]);
  expect(await made()).toEqual(['disk.img']);
});

test('killed after the outcome was written down, the next life removes the part', async () => {
  const order = exportOf(volumeId, NAME);
  await linked(order);
  const journal = await Journal.open(folders.state);
  const changedAt = new Date().toISOString();
  await journal.put({ order, state: 'available', reported: false, changedAt });
  const next = await startDelegate(folders);
  await next.jobs.resume();
  await expect.poll(() => next.listing()).toEqual([volumeId]);
  await expect.poll(() => next.jobs.find(order.orderId)?.reported).toBe(true);
});

test('an order that is passed on knows the file of the order before', async () => {
  const before = exportOf(volumeId, NAME);
  await linked(before);
  const now = { ...before, orderId: newId('ord') };
  expect(await delegate.finish(now)).toMatchObject({ state: 'available' });
  expect(await made()).toEqual(['disk.img']);
});

test('withdrawn when it was done, its part is removed', async () => {
  let give: (heard: boolean) => void = () => undefined;
  const slow = await startDelegate(
    { ...folders, state: join(folders.state, 'other') },
    {
      report: (_, signal) =>
        new Promise((heard) => {
          give = heard;
          signal.addEventListener('abort', () => heard(false));
        }),
    },
  );
  const order = exportOf(volumeId, NAME);
  await slow.jobs.submit(order);
  await expect.poll(() => slow.jobs.find(order.orderId)?.state).toBe('available');
  expect(await slow.listing()).toHaveLength(2);
  await slow.jobs.withdraw(order.orderId);
  expect(await slow.listing()).toEqual([volumeId]);
  give(false);
});

test('what is left of an export is removed, not set aside, and the file of the user stays', async () => {
  const order = exportOf(volumeId, NAME);
  await linked(order);
  const caller = { userId: 'CN=front-end', requestId: 'req-1', log };
  const request = { orderId: newId('ord'), name: partOf(order) };
  await setFileAside(delegate.jobs, delegate.files, delegate.ledger)(request, caller);
  expect(await delegate.listing()).toEqual([volumeId]);
  expect((await readFile(pathOf('disk.img'))).equals(DATA)).toBe(true);
});

test('the exchange directory lies beside the volumes, in their file system, and is not everybody’s', async () => {
  const open = (directory?: string) => openExchange(directory, folders.directory, 20_000);
  expect(await open(undefined)).toBeUndefined();
  expect(await open(folders.exchange)).toBeDefined();
  await expect(open(folders.directory)).rejects.toThrow('beside the volume directory');
  await expect(open(join(folders.directory, '..'))).rejects.toThrow('beside the volume directory');
  const inside = join(folders.directory, 'exchange');
  await mkdir(inside);
  await expect(open(inside)).rejects.toThrow('beside the volume directory');
  await expect(open('/proc')).rejects.toThrow('file system of the volumes');
  await run('chmod', ['777', folders.exchange]);
  await expect(open(folders.exchange)).rejects.toThrow('writable by everybody');
});
