import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@vbs-lustre/shared/ids';
import { partName } from '@vbs-lustre/shared/partName';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type CreateSnapshot,
  createSnapshot,
  type Delegate,
  log,
  MIB,
  makeFolders,
  startDelegate,
} from '../jobs/testing/delegate.js';
import { dropSnapshotFile, prepareSnapshotFile } from './prepareSnapshotFile.js';

let folders: Awaited<ReturnType<typeof makeFolders>>;
let delegate: Delegate;
let order: CreateSnapshot;
let part: string;

beforeEach(async () => {
  folders = await makeFolders();
  delegate = await startDelegate(folders);
  order = createSnapshot(newId('vol'), { isFilled: true });
  part = partName({ ...order, bytes: MIB });
});
afterEach(async () => {
  await delegate.jobs.stop();
  await folders.remove();
});

const caller = { userId: 'CN=front-end', requestId: 'req-1', log };
const wanted = () => ({ orderId: order.orderId, snapshotId: order.id, sizeBytes: order.sizeBytes });
const prepare = (other = {}) => {
  const { jobs, ledger, files } = delegate;
  return prepareSnapshotFile(jobs, ledger, files)({ ...wanted(), ...other }, caller);
};
const drop = () => dropSnapshotFile(delegate.ledger)(wanted(), caller);
const pathOf = (name: string) => join(folders.directory, name);
/** What a hypervisor does. */
const FILLED = Buffer.alloc(MIB, 'x');
const fill = () => writeFile(pathOf(part), FILLED, { flag: 'r+' });

test('a prepared file has its size, is for machines to write, and is filled in place', async () => {
  expect(await prepare()).toEqual({ orderId: order.orderId, state: 'prepared' });
  expect(await stat(pathOf(part))).toMatchObject({ size: MIB, mode: 0o100660 });
  await fill();
  // Twice is once: what is written stays.
  await prepare();
  expect(await delegate.finish(order)).toMatchObject({ state: 'available' });
  expect(await delegate.listing()).toEqual([order.id]);
  expect(FILLED.equals(await readFile(pathOf(order.id)))).toBe(true);
  expect(await stat(pathOf(order.id))).toMatchObject({ size: MIB, mode: 0o100440 });
  expect(await delegate.finish({ ...order, orderId: newId('ord') })).toMatchObject({
    state: 'available',
  });
});

test('one that shares its blocks stays marked, and keeps its promise of space', async () => {
  await prepare();
  await fill();
  // What a VMM Delegate does before it clones the volume.
  await chmod(pathOf(part), 0o1660);
  expect(await delegate.finish(order)).toMatchObject({ state: 'available', method: 'clone' });
  expect(await stat(pathOf(order.id))).toMatchObject({ mode: 0o101440 });
});

test('a dropped one is gone, twice as well', async () => {
  await prepare();
  await drop();
  expect(await drop()).toEqual({ orderId: order.orderId, state: 'dropped' });
  expect(await delegate.listing()).toEqual([]);
});

test('one that is gone, or of another size, is no snapshot, and leaves nothing', async () => {
  expect(await delegate.finish(order)).toMatchObject({ state: 'failed' });
  const other = createSnapshot(newId('vol'), { isFilled: true });
  await writeFile(pathOf(partName({ ...other, bytes: MIB })), 'short');
  expect(await delegate.finish(other)).toMatchObject({
    ...{ state: 'failed', message: 'the file has 5 bytes instead of 1048576' },
  });
  expect(await delegate.listing()).toEqual([]);
});

test('no more is promised than there is room for', async () => {
  const attempt = prepare({ sizeBytes: 2 ** 50 });
  await expect(attempt).rejects.toMatchObject({ code: 'InsufficientVolumeCapacity' });
  expect(await delegate.listing()).toEqual([]);
});

test('a delegate that is draining prepares nothing', async () => {
  delegate.jobs.drain();
  await expect(prepare()).rejects.toMatchObject({ code: 'Unavailable' });
});

test('what is filled outlives a stop, a restart and the order’s end here', async () => {
  await prepare();
  await fill();
  await delegate.jobs.stop();
  await delegate.jobs.submit(order);
  await delegate.jobs.handOver();
  expect(await delegate.listing()).toEqual([part]);
  const next = await startDelegate(folders);
  expect(await next.finish(order)).toMatchObject({ state: 'available' });
  expect(await next.listing()).toEqual([order.id]);
  await next.jobs.stop();
});

test('what is filled is never made of the volume instead, which has changed since', async () => {
  await delegate.jobs.stop();
  delegate = await startDelegate(folders, { blank: 'auto' });
  await writeFile(pathOf(order.sourceId), Buffer.alloc(MIB, 'later'));
  await prepare();
  await fill();
  expect(await delegate.finish(order)).toMatchObject({ state: 'available', method: 'copy' });
  expect(FILLED.equals(await readFile(pathOf(order.id)))).toBe(true);
});

test.each([{ orderId: 'ord-1' }, { snapshotId: newId('vol') }, { sizeBytes: 0 }])(
  'only what is right makes a name: %j',
  async (other) => {
    await expect(prepare(other)).rejects.toMatchObject({ code: 'InvalidParameterValue' });
  },
);
