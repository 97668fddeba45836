import { chmod, link, open, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@vbs-lustre/shared/ids';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mountSmallFileSystem } from '../storage/testing/smallFileSystem.js';
import { partOf } from './job.js';
import { Journal } from './journal.js';
import {
  type Delegate,
  extendVolume,
  MIB,
  makeFolders,
  startDelegate,
} from './testing/delegate.js';
import { closeGate } from './testing/gate.js';

let folders: Awaited<ReturnType<typeof makeFolders>>;
let delegate: Delegate;
let gate: Awaited<ReturnType<typeof closeGate>> | undefined;

beforeEach(async () => {
  folders = await makeFolders();
  delegate = await startDelegate(folders);
});
afterEach(async () => {
  await delegate.jobs.stop();
  await gate?.remove();
  gate = undefined;
  await folders.remove();
});

const pathOf = (name: string) => join(folders.directory, name);
const sizeOf = async (name: string) => (await stat(pathOf(name))).size;
const DATA = Buffer.alloc(MIB, 7);

/** A volume that its owner has filled. */
async function volume(data = DATA): Promise<string> {
  const id = newId('vol');
  await writeFile(pathOf(id), data);
  return id;
}

/** The data is as it was, and all beyond is zero. */
async function expectExtended(id: string, sizeBytes: number): Promise<void> {
  const data = await readFile(pathOf(id));
  expect(data.length).toBe(sizeBytes);
  expect(data.subarray(0, MIB).equals(DATA)).toBe(true);
  expect(data.subarray(MIB).equals(Buffer.alloc(sizeBytes - MIB))).toBe(true);
}

test('a volume gets larger by zeroes that take space, and keeps its data', async () => {
  const id = await volume();
  const order = extendVolume(id, { sizeBytes: 5 * MIB + 512 });
  expect(await delegate.finish(order)).toMatchObject({ state: 'available' });
  await expectExtended(id, order.sizeBytes);
  expect((await stat(pathOf(id))).blocks * 512).toBeGreaterThanOrEqual(order.sizeBytes);
  expect(await delegate.listing()).toEqual([id]);
  expect(delegate.reports).toMatchObject([{ order, state: 'available' }]);
  expect(await delegate.finish(order)).toMatchObject({ state: 'available' });
  await expectExtended(id, order.sizeBytes);
});

test('one that was only read is extended as well', async () => {
  const id = await volume();
  await chmod(pathOf(id), 0o440);
  expect(await delegate.finish(extendVolume(id))).toMatchObject({ state: 'available' });
  expect((await stat(pathOf(id))).mode & 0o777).toBe(0o660);
});

test.each([
  ['half extended', 1.5 * MIB],
  ['extended', 2 * MIB],
  ['extended too far', 3 * MIB],
])('a volume that was left %s is brought to its size', async (_case, size) => {
  const id = await volume();
  await truncate(pathOf(id), size);
  expect(await delegate.finish(extendVolume(id))).toMatchObject({ state: 'available' });
  await expectExtended(id, 2 * MIB);
});

test.each([
  ['no file', undefined, 'has no bytes instead of'],
  ['a file that is too small', 1000, 'has 1000 bytes instead of'],
])('a volume with %s is not extended', async (_case, size, words) => {
  const id = newId('vol');
  if (size !== undefined) await writeFile(pathOf(id), Buffer.alloc(size));
  const job = await delegate.finish(extendVolume(id));
  expect(job).toMatchObject({ state: 'failed' });
  expect(job?.message).toContain(words);
  expect(await delegate.listing()).toEqual(size === undefined ? [] : [id]);
  if (size !== undefined) expect(await sizeOf(id)).toBe(size);
});

test('a dd that is killed is a failure that says so, and leaves the old size', async () => {
  gate = await closeGate();
  const id = await volume();
  const order = extendVolume(id);
  await delegate.jobs.submit(order);
  const [pid] = await gate.arrived();
  await truncate(pathOf(id), 1.5 * MIB);
  process.kill(pid as number, 'SIGKILL');
  const job = await delegate.ended(order);
  expect(job?.state).toBe('failed');
  expect(job?.message).toMatch(/^dd: .*killed by SIGKILL$/);
  expect((await readFile(pathOf(id))).equals(DATA)).toBe(true);
  expect(await delegate.listing()).toEqual([id]);
});

test('space is promised before: what does not fit is refused, and promises of others count', async () => {
  const small = await mountSmallFileSystem();
  gate = await closeGate();
  try {
    const onSmall = await startDelegate({ directory: small.directory, state: folders.state });
    const [id, other] = [newId('vol'), newId('vol')];
    for (const each of [id, other]) await writeFile(join(small.directory, each), DATA);
    const first = extendVolume(id, { sizeBytes: 60 * MIB });
    const second = extendVolume(other, { sizeBytes: 60 * MIB });
    await onSmall.jobs.submit(first);
    await gate.arrived();
    const refusal = { code: 'InsufficientVolumeCapacity' };
    await expect(onSmall.jobs.submit(second)).rejects.toMatchObject(refusal);
    expect(await onSmall.listing()).toEqual([partOf(first), id, other].sort());
    expect((await stat(join(small.directory, other))).size).toBe(MIB);
    await gate.open();
    expect(await onSmall.ended(first)).toMatchObject({ state: 'available' });
    await onSmall.jobs.stop();
  } finally {
    await small.unmount();
  }
});

test('a file system that fills up meanwhile leaves the old size', async () => {
  const small = await mountSmallFileSystem();
  gate = await closeGate();
  try {
    const onSmall = await startDelegate({ directory: small.directory, state: folders.state });
    const id = newId('vol');
    await writeFile(join(small.directory, id), DATA);
    const order = extendVolume(id, { sizeBytes: 60 * MIB });
    await onSmall.jobs.submit(order);
    await gate.arrived();
    // Somebody who does not know of promises.
    await writeFile(join(small.directory, 'other'), Buffer.alloc(80 * MIB));
    await gate.open();
    const job = await onSmall.ended(order);
    expect(job?.message).toBe(`dd: error writing '${id}': No space left on device`);
    expect(await onSmall.listing()).toEqual(['other', id]);
    expect((await stat(join(small.directory, id))).size).toBe(MIB);
  } finally {
    await small.unmount();
  }
});

test('an interrupted order sleeps until it is given again, and goes on with what it has', async () => {
  gate = await closeGate();
  const id = await volume();
  const order = extendVolume(id);
  await delegate.jobs.submit(order);
  await gate.arrived();
  await delegate.jobs.stop();
  expect(delegate.jobs.orders).toEqual([]);
  expect(await delegate.listing()).toEqual([partOf(order), id].sort());
  await truncate(pathOf(id), 1.5 * MIB);
  await gate.open();
  delegate = await startDelegate(folders);
  await delegate.jobs.resume();
  expect(delegate.jobs.orders).toEqual([order.orderId]);
  expect(delegate.jobs.unfinished).toBe(0);
  expect(await delegate.finish(order)).toMatchObject({ state: 'available' });
  await expectExtended(id, 2 * MIB);
  expect(await delegate.listing()).toEqual([id]);
});

test('a sleeping order that nobody waits for is forgotten', async () => {
  const id = await volume();
  const order = extendVolume(id);
  const changedAt = new Date().toISOString();
  const journal = await Journal.open(folders.state);
  await journal.put({ order, state: 'pending', reported: false, changedAt });
  await link(pathOf(id), pathOf(partOf(order)));
  delegate = await startDelegate(folders);
  await delegate.jobs.resume();
  await delegate.jobs.withdraw(order.orderId);
  expect(delegate.jobs.orders).toEqual([]);
  expect(delegate.journal.all()).toEqual([]);
  expect(await delegate.listing()).toEqual([id]);
  expect(await sizeOf(id)).toBe(MIB);
});

test('who has lost the order to another can do no harm any more', async () => {
  gate = await closeGate();
  const id = await volume();
  const [late, next] = [extendVolume(id), extendVolume(id)];
  await delegate.jobs.submit(late);
  const [held] = await gate.arrived();
  const other = await startDelegate({ ...folders, state: join(folders.state, 'other') });
  await other.jobs.submit(next);
  expect(await delegate.listing()).toEqual([partOf(next), id].sort());
  await gate.open();
  expect(await other.ended(next)).toMatchObject({ state: 'available' });
  expect(held).toBeDefined();
  expect(await delegate.ended(late)).toMatchObject({ state: 'failed' });
  await expectExtended(id, 2 * MIB);
  expect(await delegate.listing()).toEqual([id]);
  await other.jobs.stop();
});

test('a dd that goes on late neither writes over anything nor makes the file larger', async () => {
  const id = await volume();
  const { files } = delegate;
  const signal = new AbortController().signal;
  // It believes that the file is as small as it was.
  await truncate(pathOf(id), 2 * MIB);
  const file = await open(pathOf(id), 'r+');
  await file.write(DATA, 0, MIB, MIB);
  await file.close();
  const late = files.dd.appendZeroes(id, MIB, 2 * MIB, signal);
  await expect(late).rejects.toMatchObject({ program: 'dd' });
  expect((await readFile(pathOf(id))).equals(Buffer.concat([DATA, DATA]))).toBe(true);
});

test('two at once fill the file to its size', async () => {
  const id = await volume();
  const { files } = delegate;
  const order = extendVolume(id, { sizeBytes: 64 * MIB });
  const late = files.dd.appendZeroes(id, MIB, order.sizeBytes, new AbortController().signal);
  const [, job] = await Promise.all([late.catch(() => undefined), delegate.finish(order)]);
  expect(job).toMatchObject({ state: 'available' });
  await expectExtended(id, 64 * MIB);
});

test('what cannot be taken back has not failed, and is begun again', async () => {
  const id = await volume();
  const order = extendVolume(id);
  const { cut } = delegate.files;
  delegate.files.dd.appendZeroes = async () => {
    await truncate(pathOf(id), 1.5 * MIB);
    throw new Error('no space');
  };
  delegate.files.cut = () => Promise.reject(new Error('input/output error'));
  expect(await delegate.finish(order)).toMatchObject({ state: 'pending' });
  expect(delegate.jobs.orders).toEqual([order.orderId]);
  delegate.files.cut = cut.bind(delegate.files);
  expect(await delegate.finish(order)).toMatchObject({ state: 'failed' });
  expect(await sizeOf(id)).toBe(MIB);
  expect(await delegate.listing()).toEqual([id]);
});
