import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  createVolume,
  type Delegate,
  deletion,
  MIB,
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
  delegate = await startDelegate(folders, { maxJobs: 1, maxQueuedJobs: 3 });
});
afterEach(async () => {
  await gate.remove();
  await delegate.jobs.stop();
  await folders.remove();
});

/** One order that is at work, and one that waits behind it. */
async function twoOrders() {
  const [first, second] = [createVolume(), createVolume()];
  await delegate.jobs.submit(first);
  await gate.arrived();
  await delegate.jobs.submit(second);
  return [first, second] as const;
}

/** The next life of the delegate takes up nothing. */
async function nothingIsTakenUp(): Promise<void> {
  const next = await startDelegate(folders);
  await next.jobs.resume();
  expect(next.jobs.orders).toEqual([]);
  expect(next.journal.all().filter(({ state }) => state === 'pending')).toEqual([]);
}

test('it says what it works on and what it would still take', async () => {
  expect([delegate.jobs.orders, delegate.jobs.free]).toEqual([[], 3]);
  const [first, second] = await twoOrders();
  expect(delegate.jobs.orders).toEqual([first.orderId, second.orderId]);
  expect(delegate.jobs.free).toBe(1);
  await gate.open();
  await delegate.ended(second);
  await expect.poll(() => [delegate.jobs.orders, delegate.jobs.free]).toEqual([[], 3]);
});

test('an order whose outcome nobody has heard is one that it works on', async () => {
  let hear = (_: boolean) => {};
  const heard = new Promise<boolean>((resolve) => {
    hear = resolve;
  });
  await gate.open();
  const lonely = await startDelegate(folders, { report: () => heard });
  const order = createVolume();
  await lonely.finish(order);
  expect(lonely.jobs.orders).toEqual([order.orderId]);
  hear(true);
  await expect.poll(() => lonely.jobs.orders).toEqual([]);
});

test('draining, it takes nothing new, repeats what it has, and finishes that', async () => {
  const [first, second] = await twoOrders();
  delegate.jobs.drain();
  expect([delegate.jobs.isDraining, delegate.jobs.free]).toEqual([true, 0]);
  await expect(delegate.jobs.submit(createVolume())).rejects.toMatchObject({ code: 'Unavailable' });
  expect(await delegate.jobs.submit(first)).toMatchObject({ state: 'pending' });
  await gate.open();
  expect(await delegate.ended(first)).toMatchObject({ state: 'available' });
  expect(await delegate.ended(second)).toMatchObject({ state: 'available' });
});

test('a withdrawn order that is at work is ended, and nothing is left of it', async () => {
  const [first, second] = await twoOrders();
  await delegate.jobs.withdraw(first.orderId);
  expect(delegate.jobs.orders).toEqual([second.orderId]);
  expect(delegate.jobs.find(first.orderId)).toBeUndefined();
  await gate.open();
  expect(await delegate.ended(second)).toMatchObject({ state: 'available' });
  expect(await delegate.listing()).toEqual([second.id]);
  expect(delegate.reports).toMatchObject([{ order: second }]);
});

test('a withdrawn order that waits never begins', async () => {
  const [first, second] = await twoOrders();
  const withdrawn = delegate.jobs.withdraw(second.orderId);
  expect(delegate.jobs.orders).toEqual([first.orderId]);
  await gate.open();
  await withdrawn;
  await delegate.ended(first);
  expect(await delegate.listing()).toEqual([first.id]);
  expect(delegate.jobs.find(second.orderId)).toBeUndefined();
});

test('an order that is withdrawn when its file is there is reported no more, and the file stays', async () => {
  await gate.open();
  const lonely = await startDelegate(folders, {
    report: (_job, signal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(false))),
  });
  const order = createVolume();
  await lonely.finish(order);
  await lonely.jobs.withdraw(order.orderId);
  expect(lonely.jobs.find(order.orderId)).toMatchObject({ state: 'available', reported: true });
  expect(await lonely.listing()).toEqual([order.id]);
  await nothingIsTakenUp();
});

test('to withdraw what is unknown, or twice, does nothing', async () => {
  const [first, second] = await twoOrders();
  await delegate.jobs.withdraw(deletion(first.id).orderId);
  await Promise.all([1, 2].map(() => delegate.jobs.withdraw(first.orderId)));
  expect(delegate.jobs.orders).toEqual([second.orderId]);
});

test('what is handed over at the stop is not taken up again, and leaves nothing behind', async () => {
  await twoOrders();
  await delegate.jobs.stop();
  expect(delegate.jobs.orders).toEqual([]);
  await delegate.jobs.handOver();
  expect(await delegate.listing()).toEqual([]);
  await nothingIsTakenUp();
});

test('what is stopped and not handed over is taken up again', async () => {
  const [first, second] = await twoOrders();
  await delegate.jobs.stop();
  await gate.open();
  const next = await startDelegate(folders);
  await next.jobs.resume();
  for (const order of [first, second]) {
    expect(await next.ended(order)).toMatchObject({ state: 'available' });
  }
});

test('an order for a file that another delegate has finished needs no space for a second one', async () => {
  const order = createVolume({ sizeBytes: MIB });
  await writeFile(join(folders.directory, order.id), Buffer.alloc(MIB));
  const full = await startDelegate(folders);
  full.ledger.reserve = () => Promise.reject(new Error('there is no space'));
  expect(await full.finish(order)).toMatchObject({ state: 'available' });
  expect(await full.listing()).toEqual([order.id]);
});
