import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isSameOrder, type Job } from './job.js';
import { Journal } from './journal.js';
import { createVolume } from './testing/delegate.js';

let state: string;

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'journal-'));
});
afterEach(() => rm(state, { recursive: true }));

function pending(): Job {
  const changedAt = new Date().toISOString();
  return { order: createVolume(), state: 'pending', reported: false, changedAt };
}

test('what was put is there for the next life, as it was put last', async () => {
  const [one, two, gone] = [pending(), pending(), pending()];
  const journal = await Journal.open(state);
  for (const job of [one, two, gone]) await journal.put(job);
  await journal.put({ ...one, state: 'failed', message: 'dd: error' });
  await journal.remove(gone.order.orderId);
  for (const each of [journal, await Journal.open(state)]) {
    expect(each.get(one.order.orderId)).toMatchObject({ state: 'failed', message: 'dd: error' });
    expect(each.get(two.order.orderId)).toEqual(two);
    expect(each.get(gone.order.orderId)).toBeUndefined();
    expect(each.all()).toHaveLength(2);
  }
});

test('of several changes at once the last one counts, and none fails', async () => {
  const journal = await Journal.open(state);
  const job = pending();
  const states = ['pending', 'available', 'failed', 'deleted'] as const;
  for (let round = 0; round < 20; round++) {
    const last = states[round % states.length] as Job['state'];
    const changes = [...states, last].map((each) => journal.put({ ...job, state: each }));
    const removal = round % 3 === 0 ? [journal.remove(job.order.orderId)] : [];
    await Promise.all([...changes, ...removal]);
    for (const each of [journal, await Journal.open(state)]) {
      expect(each.get(job.order.orderId)?.state).toBe(removal.length > 0 ? undefined : last);
    }
  }
  expect((await readdir(join(state, 'jobs'))).filter((name) => name.endsWith('.new'))).toEqual([]);
});

test('a write that was cut short is as if it had not been begun', async () => {
  const job = pending();
  const journal = await Journal.open(state);
  await journal.put(job);
  for (const { order } of [job, pending()]) {
    await writeFile(join(state, 'jobs', `${order.orderId}.json.new`), '{"order":{"ki');
  }
  expect((await Journal.open(state)).all()).toEqual([job]);
  expect(await readdir(join(state, 'jobs'))).toEqual([`${job.order.orderId}.json`]);
});

test('a journal that cannot be read is not taken for an empty one', async () => {
  await Journal.open(state);
  await writeFile(join(state, 'jobs', 'ord-1.json'), 'garbage');
  await expect(Journal.open(state)).rejects.toThrow();
});

test('it is for nobody else, and leaves nothing behind', async () => {
  const journal = await Journal.open(state);
  const job = pending();
  await journal.put(job);
  const folder = join(state, 'jobs');
  const file = join(folder, `${job.order.orderId}.json`);
  expect([(await stat(folder)).mode & 0o777, (await stat(file)).mode & 0o777]).toEqual([
    0o700, 0o600,
  ]);
  await journal.remove(job.order.orderId);
  await journal.remove(job.order.orderId);
  expect(await readdir(folder)).toEqual([]);
});

test('orders are the same if they ask for the same', () => {
  const order = createVolume({ sourceId: 'snap-1' });
  expect(isSameOrder(order, { ...order })).toBe(true);
  const { sourceId: _, ...blank } = order;
  for (const other of [blank, { ...order, sizeBytes: 1 }, { ...order, id: 'vol-2' }]) {
    expect(isSameOrder(order, other)).toBe(false);
    expect(isSameOrder(other, order)).toBe(false);
  }
  expect(isSameOrder({ ...blank, sourceId: 'snap-1' }, order)).toBe(true);
});
