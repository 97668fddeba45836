import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@vbs-lustre/shared/ids';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { partOf } from './job.js';
import {
  createSnapshot,
  createVolume,
  type Delegate,
  deletion,
  makeFolders,
  startDelegate,
} from './testing/delegate.js';
import { closeGate } from './testing/gate.js';

let folders: Awaited<ReturnType<typeof makeFolders>>;
let delegate: Delegate;
let gate: Awaited<ReturnType<typeof closeGate>>;

beforeEach(async () => {
  folders = await makeFolders();
  gate = await closeGate();
  delegate = await startDelegate(folders, { maxJobs: 1, maxQueuedJobs: 2 });
});
afterEach(async () => {
  await gate.remove();
  await delegate.jobs.stop();
  await folders.remove();
});

/** A volume whose dd stands in the middle of its work. */
async function begun(by = delegate) {
  const order = createVolume();
  await by.jobs.submit(order);
  await gate.arrived();
  return order;
}

const remove = (id: string) => delegate.finish(deletion(id));
const isDeleted = { code: 'IncorrectState' };

test('the deletion of a file that is being made ends its dd and removes its part', async () => {
  const order = await begun();
  expect(await delegate.listing()).toEqual([partOf(order)]);
  expect(await remove(order.id)).toMatchObject({ state: 'deleted' });
  expect(await gate.waiting()).toEqual([]);
  expect(await delegate.listing()).toEqual([]);
  expect(delegate.reports).toMatchObject([{ state: 'deleted' }]);
  expect(delegate.jobs.find(order.orderId)).toBeUndefined();
});

test('one that waits for its turn never begins, and others go on', async () => {
  const first = await begun();
  const second = createVolume();
  await delegate.jobs.submit(second);
  expect(await remove(second.id)).toMatchObject({ state: 'deleted' });
  expect(await delegate.listing()).toEqual([partOf(first)]);
  await gate.open();
  expect(await delegate.ended(first)).toMatchObject({ state: 'available' });
  expect(await delegate.listing()).toEqual([first.id]);
});

test.each([
  ['that takes nothing new', () => delegate.jobs.drain()],
  ['that has too much to do', () => delegate.jobs.submit(createVolume())],
])('a delegate %s takes it all the same', async (_case, prepare) => {
  const order = await begun();
  await prepare();
  expect(delegate.jobs.free).toBe(0);
  await expect(delegate.jobs.submit(deletion(newId('vol')))).rejects.toThrow();
  expect(await remove(order.id)).toMatchObject({ state: 'deleted' });
});

test('an order that comes after the deletion makes nothing, nor in the next life', async () => {
  const order = createVolume();
  await remove(order.id);
  await expect(delegate.jobs.submit(order)).rejects.toMatchObject(isDeleted);
  const next = await startDelegate(folders);
  await next.jobs.resume();
  await expect(next.jobs.submit(order)).rejects.toMatchObject(isDeleted);
  expect(await delegate.listing()).toEqual([]);
});

test('one that is repeated while it is ended is not begun again', async () => {
  const order = await begun();
  const removal = deletion(order.id);
  await delegate.jobs.submit(removal);
  await expect(delegate.jobs.submit(order)).rejects.toMatchObject(isDeleted);
  expect(await delegate.ended(removal)).toMatchObject({ state: 'deleted' });
  expect(await delegate.listing()).toEqual([]);
});

test('both given at once end without a file', async () => {
  const order = createVolume();
  await Promise.allSettled([delegate.jobs.submit(order), delegate.jobs.submit(deletion(order.id))]);
  await gate.open();
  await expect.poll(() => delegate.jobs.orders).toEqual([]);
  expect(await delegate.listing()).toEqual([]);
});

test('what was finished and not yet heard of is deleted, and told no more', async () => {
  await gate.open();
  const isHeard = new AbortController();
  const deaf = await startDelegate(folders, {
    report: async ({ state }, signal) =>
      state === 'deleted' ||
      new Promise((resolve) => {
        for (const each of [signal, isHeard.signal])
          each.addEventListener('abort', () => resolve(each === isHeard.signal));
      }),
  });
  const order = createVolume();
  await deaf.finish(order);
  expect(await deaf.listing()).toEqual([order.id]);
  expect(await deaf.finish(deletion(order.id))).toMatchObject({ state: 'deleted' });
  expect(await deaf.listing()).toEqual([]);
  await expect.poll(() => deaf.jobs.orders).toEqual([]);
  expect(deaf.jobs.find(order.orderId)).toBeUndefined();
});

test('killed in between, the next life only deletes', async () => {
  const order = await begun();
  const removal = deletion(order.id);
  const changedAt = new Date().toISOString();
  await delegate.journal.put({ order: removal, state: 'pending', reported: false, changedAt });
  await delegate.jobs.stop();
  await writeFile(join(folders.directory, partOf(order)), 'left by a kill');
  const next = await startDelegate(folders);
  await next.jobs.resume();
  expect(await next.ended(removal)).toMatchObject({ state: 'deleted' });
  expect(await next.listing()).toEqual([]);
  expect(next.jobs.find(order.orderId)).toBeUndefined();
  expect(next.reports).toMatchObject([{ order: removal }]);
});

test('who still makes it elsewhere cannot give it its name', async () => {
  const silent = await startDelegate({ ...folders, state: join(folders.state, 'silent') });
  const order = await begun(silent);
  expect(await remove(order.id)).toMatchObject({ state: 'deleted' });
  await gate.open();
  expect(await silent.ended(order)).toMatchObject({ state: 'failed' });
  expect(await delegate.listing()).toEqual([]);
});

test('what a hypervisor has filled is removed too, and what belongs to others is not', async () => {
  const filled = createSnapshot(newId('vol'), { isFilled: true });
  const other = createSnapshot(newId('vol'), { isFilled: true });
  for (const each of [filled, other]) {
    await writeFile(join(folders.directory, partOf(each)), 'data of a disk');
  }
  expect(await remove(filled.id)).toMatchObject({ state: 'deleted' });
  expect(await delegate.listing()).toEqual([partOf(other)]);
});
