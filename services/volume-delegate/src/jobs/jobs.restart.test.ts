import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { link, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newId } from '@vbs-lustre/shared/ids';
import { partName } from '@vbs-lustre/shared/partName';
import { currentRequestId, forRequest } from '@vbs-lustre/shared/requestId';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mountSmallFileSystem } from '../storage/testing/smallFileSystem.js';
import type { Job } from './job.js';
import { Journal } from './journal.js';
import {
  type CreateVolume,
  createSnapshot,
  createVolume,
  deletion,
  MIB,
  makeFolders,
  startDelegate,
} from './testing/delegate.js';
import { closeGate } from './testing/gate.js';

let folders: Awaited<ReturnType<typeof makeFolders>>;
let gate: Awaited<ReturnType<typeof closeGate>> | undefined;

beforeEach(async () => {
  folders = await makeFolders();
});
afterEach(async () => {
  await gate?.remove();
  gate = undefined;
  await folders.remove();
});

/** As it stands in the journal of a delegate that was killed. */
async function leftBehind(job: Partial<Job> & Pick<Job, 'order'>): Promise<void> {
  const journal = await Journal.open(folders.state);
  const changedAt = new Date().toISOString();
  await journal.put({ state: 'pending', reported: false, changedAt, ...job });
}

const pathOf = (name: string) => join(folders.directory, name);
const partOf = ({ id, sizeBytes: bytes, orderId }: CreateVolume) =>
  partName({ id, bytes, orderId });

/** The next life. */
async function resumed(where = folders.directory) {
  const delegate = await startDelegate({ directory: where, state: folders.state });
  await delegate.jobs.resume();
  return delegate;
}

test('the next life goes on with an order under the id of the request that brought it', async () => {
  gate = await closeGate();
  const order = createVolume();
  const requestId = newId('req');
  const first = await startDelegate(folders);
  await forRequest(requestId, () => first.jobs.submit(order));
  await first.jobs.stop();
  await gate.remove();
  gate = undefined;
  const seen: (string | undefined)[] = [];
  const report = async () => {
    seen.push(currentRequestId());
    return true;
  };
  const second = await startDelegate(folders, { report });
  await second.jobs.resume();
  await second.ended(order);
  expect(second.jobs.find(order.orderId)).toMatchObject({ state: 'available', requestId });
  expect(seen).toEqual([requestId]);
});

test.each([
  ['no part', undefined],
  ['an empty part', 0],
  ['a half-written part', 1000],
  ['a part that is complete', MIB],
])(
  'a killed delegate left %s: the next life makes the file, and reports it',
  async (_case, size) => {
    const order = createVolume();
    await leftBehind({ order });
    if (size !== undefined) await writeFile(pathOf(partOf(order)), Buffer.alloc(size, 1));
    const delegate = await resumed();
    expect(await delegate.ended(order)).toMatchObject({ state: 'available' });
    expect(await delegate.listing()).toEqual([order.id]);
    expect(delegate.reports).toMatchObject([{ order, state: 'available' }]);
  },
);

test('killed between the link and the removal of the part: repaired, even on a full disk', async () => {
  const small = await mountSmallFileSystem();
  try {
    const order = createVolume({ sizeBytes: 60 * MIB });
    await leftBehind({ order });
    const part = join(small.directory, partOf(order));
    await writeFile(part, Buffer.alloc(order.sizeBytes, 1));
    await link(part, join(small.directory, order.id));
    const delegate = await resumed(small.directory);
    expect(await delegate.ended(order)).toMatchObject({ state: 'available' });
    expect(await delegate.listing()).toEqual([order.id]);
    await delegate.jobs.stop();
  } finally {
    await small.unmount();
  }
});

test('a resumed order for which there is no space any more is a failure', async () => {
  const order = createVolume({ sizeBytes: 2 ** 50 });
  await leftBehind({ order });
  const delegate = await resumed();
  const job = await delegate.ended(order);
  expect(job?.state).toBe('failed');
  expect(job?.message).toContain(`${2 ** 50} bytes are wanted`);
  expect(await delegate.listing()).toEqual([]);
});

test('a deletion and a snapshot go on as well', async () => {
  const [old, source] = [createVolume(), createVolume()];
  await writeFile(pathOf(old.id), 'x');
  await writeFile(pathOf(source.id), Buffer.alloc(MIB));
  const [removal, copy] = [deletion(old.id), createSnapshot(source.id)];
  await leftBehind({ order: removal });
  await leftBehind({ order: copy });
  const delegate = await resumed();
  expect(await delegate.ended(removal)).toMatchObject({ state: 'deleted' });
  expect(await delegate.ended(copy)).toMatchObject({ state: 'available' });
  expect(await delegate.listing()).toEqual([copy.id, source.id].sort());
});

test('nothing goes on before it is known what nobody waits for any more', async () => {
  const [wanted, withdrawn] = [createVolume(), createVolume()];
  for (const order of [wanted, withdrawn]) await leftBehind({ order });
  const delegate = await startDelegate(folders);
  let know = () => {};
  await delegate.jobs.resume(
    new Promise((resolve) => {
      know = resolve;
    }),
  );
  expect(delegate.jobs.orders.sort()).toEqual([wanted.orderId, withdrawn.orderId].sort());
  // Made elsewhere meanwhile, and deleted: it must not come back.
  await delegate.jobs.withdraw(withdrawn.orderId);
  expect(await delegate.listing()).toEqual([]);
  know();
  expect(await delegate.ended(wanted)).toMatchObject({ state: 'available' });
  expect(await delegate.listing()).toEqual([wanted.id]);
  expect(delegate.jobs.find(withdrawn.orderId)).toBeUndefined();
});

test('a shutdown waits for nobody who would know', async () => {
  const order = createVolume();
  await leftBehind({ order });
  const delegate = await startDelegate(folders);
  await delegate.jobs.resume(new Promise(() => {}));
  await delegate.jobs.stop();
  expect(delegate.jobs.find(order.orderId)).toMatchObject({ state: 'pending' });
  expect(await delegate.listing()).toEqual([]);
});

test('what was finished and not heard is reported again, and not done again', async () => {
  const order = createVolume();
  await leftBehind({ order, state: 'failed', message: 'dd: error' });
  const delegate = await resumed();
  await expect.poll(() => delegate.reports.length).toBe(1);
  expect(delegate.reports).toMatchObject([{ order, state: 'failed', message: 'dd: error' }]);
  expect(await delegate.listing()).toEqual([]);
  await expect.poll(() => delegate.jobs.find(order.orderId)?.reported).toBe(true);
  const next = await resumed();
  expect(next.jobs.unfinished).toBe(0);
  expect(next.jobs.find(order.orderId)).toMatchObject({ reported: true });
});

test('what was heard long ago is forgotten', async () => {
  const order = createVolume();
  const changedAt = new Date(Date.now() - 25 * 3_600_000).toISOString();
  await leftBehind({ order, state: 'available', reported: true, changedAt });
  expect((await resumed()).jobs.find(order.orderId)).toBeUndefined();
  expect((await Journal.open(folders.state)).all()).toEqual([]);
});

test('a shutdown kills what runs, waits for it, and leaves the rest to the next life', async () => {
  gate = await closeGate();
  const first = await startDelegate(folders, { maxJobs: 1 });
  const [running, waiting] = [createVolume(), createVolume()];
  await first.jobs.submit(running);
  await first.jobs.submit(waiting);
  await gate.arrived();
  await first.jobs.stop();
  expect(await gate.waiting()).toEqual([]);
  expect(first.reports).toEqual([]);
  expect(first.jobs.find(running.orderId)).toMatchObject({ state: 'pending' });
  await gate.open();
  const second = await resumed();
  expect(await second.ended(running)).toMatchObject({ state: 'available' });
  expect(await second.ended(waiting)).toMatchObject({ state: 'available' });
  expect(await second.listing()).toEqual([running.id, waiting.id].sort());
});

test('a delegate that is killed takes its dd with it, and the next life finishes the file', async () => {
  gate = await closeGate();
  const order = createVolume();
  // As other packages are: from its build.
  const script = new URL('../../dist/jobs/testing/oneOrder.js', import.meta.url);
  const args = [fileURLToPath(script), folders.directory, folders.state, JSON.stringify(order)];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  const ended = once(child, 'exit');
  await gate.arrived();
  child.kill('SIGKILL');
  await ended;
  await expect.poll(() => gate?.waiting()).toEqual([]);
  await gate.open();
  const delegate = await resumed();
  expect(await delegate.listing()).toEqual([partOf(order)]);
  expect(await delegate.ended(order)).toMatchObject({ state: 'available' });
  expect(await delegate.listing()).toEqual([order.id]);
});
