import { open, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@vbs-lustre/shared/ids';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  COMMAND_TIMEOUT_MS,
  createSnapshot,
  createVolume,
  type Delegate,
  deletion,
  MIB,
  makeFolders,
  startDelegate,
} from './testing/delegate.js';
import { closeGate } from './testing/gate.js';
import { VolumeFiles } from './volumeFiles.js';

let folders: Awaited<ReturnType<typeof makeFolders>>;
let delegate: Delegate;

beforeEach(async () => {
  folders = await makeFolders();
  delegate = await startDelegate(folders);
});
afterEach(async () => {
  await delegate.jobs.stop();
  await folders.remove();
});

const pathOf = (id: string) => join(folders.directory, id);
const modeOf = async (id: string) => (await stat(pathOf(id))).mode & 0o777;

/** A volume file with data, as if it had been made earlier. */
async function volumeWith(data: Buffer): Promise<string> {
  const id = newId('vol');
  await writeFile(pathOf(id), data);
  return id;
}

test('a volume is answered as pending, filled with zeroes, and reported', async () => {
  const order = createVolume({ sizeBytes: 3 * MIB + 5 });
  expect(await delegate.jobs.submit(order)).toMatchObject({ state: 'pending', order });
  expect(await delegate.ended(order)).toMatchObject({ state: 'available' });
  expect(Buffer.alloc(3 * MIB + 5).equals(await readFile(pathOf(order.id)))).toBe(true);
  expect(await modeOf(order.id)).toBe(0o660);
  expect((await stat(pathOf(order.id))).blocks * 512).toBeGreaterThan(3 * MIB);
  expect(delegate.reports).toMatchObject([{ state: 'available', order }]);
  expect(await delegate.listing()).toEqual([order.id]);
});

test('a snapshot is an exact copy that nobody writes', async () => {
  const data = Buffer.from('precious'.repeat(1000));
  const order = createSnapshot(await volumeWith(data), { sizeBytes: data.length });
  expect(await delegate.finish(order)).toMatchObject({ state: 'available' });
  expect(data.equals(await readFile(pathOf(order.id)))).toBe(true);
  expect(await modeOf(order.id)).toBe(0o440);
});

test('a volume that is larger than its snapshot ends with zeroes, and can be written', async () => {
  const data = Buffer.from('precious'.repeat(1000));
  const snapshot = createSnapshot(await volumeWith(data), { sizeBytes: data.length });
  await delegate.finish(snapshot);
  const order = createVolume({ sourceId: snapshot.id, sizeBytes: MIB });
  expect(await delegate.finish(order)).toMatchObject({ state: 'available' });
  const clone = await readFile(pathOf(order.id));
  expect(clone.equals(Buffer.concat([data, Buffer.alloc(MIB - data.length)]))).toBe(true);
  expect(await modeOf(order.id)).toBe(0o660);
});

test('a file is deleted; one that is not there is deleted too', async () => {
  const id = await volumeWith(Buffer.from('x'));
  expect(await delegate.finish(deletion(id))).toMatchObject({ state: 'deleted' });
  expect(await delegate.listing()).toEqual([]);
  expect(await delegate.finish(deletion(id))).toMatchObject({ state: 'deleted' });
});

test('the same order twice is done once, also at once', async () => {
  const order = createVolume();
  const again = { ...order };
  const [one, two] = await Promise.all([delegate.jobs.submit(order), delegate.jobs.submit(again)]);
  expect(two).toBe(one);
  await delegate.ended(order);
  await writeFile(pathOf(order.id), 'data of the user');
  expect(await delegate.finish(again)).toMatchObject({ state: 'available' });
  expect(await readFile(pathOf(order.id), 'utf8')).toBe('data of the user');
  expect(delegate.reports).toHaveLength(1);
});

test('the id of an order is used once, also at once', async () => {
  const order = createVolume();
  const other = { ...order, sizeBytes: 2 * MIB };
  const refused = { code: 'InvalidParameterValue' };
  const first = delegate.jobs.submit(order);
  await expect(delegate.jobs.submit(other)).rejects.toMatchObject(refused);
  await first;
  await expect(delegate.jobs.submit(other)).rejects.toMatchObject(refused);
  await delegate.ended(order);
  const removal = { kind: 'delete', orderId: order.orderId, id: order.id } as const;
  await expect(delegate.jobs.submit(removal)).rejects.toMatchObject(refused);
  expect((await stat(pathOf(order.id))).size).toBe(MIB);
});

test('an order that is refused for space leaves nothing, and can be given again', async () => {
  const order = createVolume({ sizeBytes: 2 ** 50 });
  const refused = { code: 'InsufficientVolumeCapacity' };
  await expect(delegate.jobs.submit(order)).rejects.toMatchObject(refused);
  expect(delegate.jobs.find(order.orderId)).toBeUndefined();
  expect(await delegate.listing()).toEqual([]);
  const smaller = { ...order, sizeBytes: MIB };
  expect(await delegate.finish(smaller)).toMatchObject({ state: 'available' });
});

test('more than so many orders are refused, also when they come at once', async () => {
  const small = await startDelegate(folders, { maxJobs: 1, maxQueuedJobs: 2 });
  const orders = Array.from({ length: 5 }, () => createVolume());
  const results = await Promise.allSettled(orders.map((order) => small.jobs.submit(order)));
  const refused = results.filter((each) => each.status === 'rejected');
  expect(refused.map(({ reason }) => reason.code)).toEqual(Array(3).fill('RequestLimitExceeded'));
  for (const order of orders) await small.ended(order);
  expect(await small.finish(createVolume())).toMatchObject({ state: 'available' });
});

test('only so many copies run at once', async () => {
  let now = 0;
  let peak = 0;
  const files = new VolumeFiles(folders.directory, COMMAND_TIMEOUT_MS);
  const { dd } = files;
  const fill = dd.fillWithZeroes.bind(dd);
  dd.fillWithZeroes = async (...args) => {
    peak = Math.max(peak, ++now);
    await fill(...args).finally(() => now--);
  };
  const busy = await startDelegate(folders, { files, maxJobs: 2 });
  const gate = await closeGate();
  try {
    const orders = Array.from({ length: 6 }, () => createVolume());
    for (const order of orders) await busy.jobs.submit(order);
    await gate.arrived(2);
    await gate.open();
    for (const order of orders) await busy.ended(order);
    expect(peak).toBe(2);
    expect(await busy.listing()).toEqual(orders.map(({ id }) => id).sort());
  } finally {
    await gate.remove();
  }
});

test('a source that changed its size since it was ordered is a failure', async () => {
  const order = createSnapshot(await volumeWith(Buffer.alloc(100)), { sizeBytes: 99 });
  expect(await delegate.finish(order)).toMatchObject({
    state: 'failed',
    message: `${order.sourceId} has 100 bytes instead of 99`,
  });
  expect(await delegate.listing()).toEqual([order.sourceId]);
});

test('a source that is not there is a failure', async () => {
  const order = createSnapshot(newId('vol'));
  const message = `${order.sourceId} has no file`;
  expect(await delegate.finish(order)).toMatchObject({ state: 'failed', message });
  expect(await delegate.listing()).toEqual([]);
});

test('nothing is written over a file that is there', async () => {
  const order = createVolume();
  const file = await open(pathOf(order.id), 'w');
  await file.close();
  await truncate(pathOf(order.id), 7);
  const job = await delegate.finish(order);
  expect(job?.state).toBe('failed');
  expect(job?.message).toContain('File exists');
  expect((await stat(pathOf(order.id))).size).toBe(7);
  expect(await delegate.listing()).toEqual([order.id]);
});

test('an old outcome is forgotten when another was heard; a new one is not', async () => {
  const [old, recent, next] = [createVolume(), createVolume(), createVolume()];
  const yesterday = new Date(Date.now() - 25 * 3_600_000).toISOString();
  const heard = { state: 'available', reported: true } as const;
  await delegate.journal.put({ order: old, ...heard, changedAt: yesterday });
  await delegate.journal.put({ order: recent, ...heard, changedAt: new Date().toISOString() });
  await delegate.finish(next);
  await expect.poll(() => delegate.jobs.find(old.orderId)).toBeUndefined();
  expect(delegate.jobs.find(recent.orderId)).toBeDefined();
});
