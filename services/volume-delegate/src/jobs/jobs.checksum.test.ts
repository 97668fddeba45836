import { createHash, randomBytes } from 'node:crypto';
import { chmod, open, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@vbs-lustre/shared/ids';
import { partName } from '@vbs-lustre/shared/partName';
import { afterEach, expect, test } from 'vitest';
import { mountImage, type SmallFileSystem } from '../storage/testing/smallFileSystem.js';
import type { Blank } from './fill.js';
import { Journal } from './journal.js';
import {
  type CreateSnapshot,
  type CreateVolume,
  checksumOf,
  createSnapshot,
  createVolume,
  type Delegate,
  deletion,
  MIB,
  makeFolders,
  startDelegate,
} from './testing/delegate.js';

const DATA = randomBytes(2 * MIB);
const ENDLESS = 2 ** 40;
const SHA256 = createHash('sha256').update(DATA).digest('hex');
let folders: Awaited<ReturnType<typeof makeFolders>>;
let delegate: Delegate;
let fileSystem: SmallFileSystem | undefined;

async function start(blank: Blank = 'auto', kind?: 'xfs'): Promise<void> {
  folders = await makeFolders();
  fileSystem = kind && (await mountImage(kind));
  if (fileSystem) folders.directory = fileSystem.directory;
  delegate = await startDelegate(folders, { blank });
}

afterEach(async () => {
  await delegate.jobs.stop();
  await fileSystem?.unmount();
  fileSystem = undefined;
  await folders.remove();
});

const pathOf = (id: string) => join(folders.directory, id);

/** A volume with data, and the order for a snapshot of it. */
async function ordered(other: Partial<CreateSnapshot> = {}): Promise<CreateSnapshot> {
  const volumeId = newId('vol');
  await writeFile(pathOf(volumeId), DATA);
  return createSnapshot(volumeId, { sizeBytes: DATA.length, checksum: true, ...other });
}

async function snapshot(): Promise<string> {
  const order = await ordered();
  await delegate.finish(order);
  await rm(pathOf(order.sourceId));
  return order.id;
}

/** A snapshot that takes minutes to be read. */
async function endless(): Promise<string> {
  const id = await snapshot();
  await truncate(pathOf(id), ENDLESS);
  return id;
}

const volumeOf = (sourceId: string, other: Partial<CreateVolume> = {}) =>
  createVolume({
    ...{ sourceId, sizeBytes: DATA.length },
    expected: { sha256: SHA256, bytes: DATA.length },
    ...other,
  });

/** One bit of it is another one, as a disk may have it. */
async function damage(id: string): Promise<void> {
  await chmod(pathOf(id), 0o600);
  const file = await open(pathOf(id), 'r+');
  const place = DATA.length - 1;
  await file.write(Buffer.from([(DATA.at(place) ?? 0) ^ 1]), 0, 1, place);
  await file.sync();
  await file.close();
}

test('the checksum of a snapshot is told with its end, if that was asked for', async () => {
  await start();
  expect(await delegate.finish(await ordered())).toMatchObject({
    state: 'available',
    sha256: SHA256,
  });
  expect(delegate.reports.at(-1)).toMatchObject({ state: 'available', sha256: SHA256 });
  const { checksum: _, ...without } = await ordered();
  expect(await delegate.finish(without)).not.toHaveProperty('sha256');
});

test('so is that of one which a hypervisor has filled', async () => {
  await start();
  const order = await ordered({ isFilled: true });
  const { id, sizeBytes: bytes, orderId } = order;
  await writeFile(pathOf(partName({ id, bytes, orderId })), DATA);
  expect(await delegate.finish(order)).toMatchObject({ state: 'available', sha256: SHA256 });
});

test('killed when the file had its name, the next life tells its checksum', async () => {
  await start();
  const order = await ordered();
  await writeFile(pathOf(order.id), DATA, { mode: 0o440 });
  const journal = await Journal.open(folders.state);
  const changedAt = new Date().toISOString();
  await journal.put({ order, state: 'pending', reported: false, changedAt });
  delegate = await startDelegate(folders);
  await delegate.jobs.resume();
  expect(await delegate.ended(order)).toMatchObject({ state: 'available', sha256: SHA256 });
});

/** How volumes are made of snapshots. */
const WAYS = [
  ['a clone', 'clone', 'auto', 'xfs', {}],
  ['a larger clone', 'clone', 'auto', 'xfs', { sizeBytes: 3 * MIB }],
  ['a copy', 'copy', 'zero', undefined, {}],
  ['a larger copy', 'copy', 'zero', undefined, { sizeBytes: 3 * MIB }],
  ['a link', 'link', 'auto', undefined, { readOnly: true as const }],
] as const;

test.each(WAYS)('%s is available if it has the data', async (_, method, blank, kind, other) => {
  await start(blank, kind);
  const order = volumeOf(await snapshot(), other);
  expect(await delegate.finish(order)).toMatchObject({ state: 'available', method });
});

test.each(WAYS)('%s of a damaged snapshot fails, and no part of it is left', async (...way) => {
  const [, , blank, kind, other] = way;
  await start(blank, kind);
  const sourceId = await snapshot();
  await damage(sourceId);
  const job = await delegate.finish(volumeOf(sourceId, other));
  expect(job).toMatchObject({
    state: 'failed',
    message: expect.stringMatching(
      `^the data of ${sourceId} is damaged: its SHA-256 is [0-9a-f]{64}, and was ${SHA256} when it was made$`,
    ),
  });
  expect((await delegate.listing()).filter((name) => name !== 'lost+found')).toEqual([sourceId]);
});

test('a snapshot is read when that is asked for, and nothing is made of it', async () => {
  await start();
  const id = await snapshot();
  const order = checksumOf(id, DATA.length);
  expect(await delegate.finish(order)).toMatchObject({ state: 'available', sha256: SHA256 });
  expect(delegate.reports.at(-1)).toMatchObject({ order, sha256: SHA256 });
  await damage(id);
  const { sha256 } = (await delegate.finish(checksumOf(id, DATA.length))) ?? {};
  expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(sha256).not.toBe(SHA256);
  expect(await delegate.listing()).toEqual([id]);
});

test('what is not there, or has another size, is told', async () => {
  await start();
  const id = await snapshot();
  const failed = (message: string) => expect.objectContaining({ state: 'failed', message });
  expect(await delegate.finish(checksumOf(id, MIB))).toEqual(
    failed(`the file has ${DATA.length} bytes instead of ${MIB}`),
  );
  const other = newId('snap');
  expect(await delegate.finish(checksumOf(other))).toEqual(failed(`${other} has no file`));
});

test('the deletion of a snapshot ends that it is read', async () => {
  await start();
  const id = await endless();
  const orders = [1, 2, 3].map(() => checksumOf(id, ENDLESS));
  for (const order of orders) await delegate.jobs.submit(order);
  expect(await delegate.finish(deletion(id))).toMatchObject({ state: 'deleted' });
  expect(orders.map(({ orderId }) => delegate.jobs.find(orderId))).toEqual(
    orders.map(() => undefined),
  );
  expect(await delegate.listing()).toEqual([]);
  await expect(delegate.jobs.submit(checksumOf(id))).rejects.toMatchObject({
    code: 'IncorrectState',
  });
});

test('the deletion of a volume ends that what it is made from is read', async () => {
  await start();
  const sourceId = await endless();
  const expected = { sha256: SHA256, bytes: ENDLESS };
  const order = volumeOf(sourceId, { sizeBytes: ENDLESS, expected, readOnly: true });
  await delegate.jobs.submit(order);
  expect(await delegate.finish(deletion(order.id))).toMatchObject({ state: 'deleted' });
  expect(delegate.jobs.find(order.orderId)).toBeUndefined();
  expect(await delegate.listing()).toEqual([sourceId]);
});

test('killed while it is read, the next life reads it again', async () => {
  await start();
  const order = checksumOf(await snapshot(), DATA.length);
  await delegate.jobs.submit(order);
  await delegate.jobs.stop();
  delegate = await startDelegate(folders);
  await delegate.jobs.resume();
  expect(await delegate.ended(order)).toMatchObject({ state: 'available', sha256: SHA256 });
});

test('an order to read that nobody waits for is given up', async () => {
  await start();
  const order = checksumOf(await snapshot(), DATA.length);
  await delegate.jobs.submit(order);
  await delegate.jobs.withdraw(order.orderId);
  expect(delegate.jobs.find(order.orderId)?.reported ?? true).toBe(true);
  expect(await delegate.listing()).toEqual([order.id]);
});
