import { readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@vbs-lustre/shared/ids';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mountSmallFileSystem } from '../storage/testing/smallFileSystem.js';
import {
  createSnapshot,
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

const pathOf = (id: string) => join(folders.directory, id);

test('a dd that is killed is a failure that says so, and leaves no file', async () => {
  gate = await closeGate();
  const order = createVolume();
  await delegate.jobs.submit(order);
  const [pid] = await gate.arrived();
  process.kill(pid as number, 'SIGKILL');
  const job = await delegate.ended(order);
  expect(job?.state).toBe('failed');
  expect(job?.message).toMatch(/^dd: .*killed by SIGKILL$/);
  expect(await delegate.listing()).toEqual([]);
  expect(delegate.reports).toMatchObject([{ state: 'failed' }]);
});

test('a file system that fills up while dd runs is a failure in dd’s own words', async () => {
  const small = await mountSmallFileSystem();
  gate = await closeGate();
  try {
    const onSmall = await startDelegate({ directory: small.directory, state: folders.state });
    const order = createVolume({ sizeBytes: 60 * MIB });
    await onSmall.jobs.submit(order);
    await gate.arrived();
    // Somebody who does not know of promises.
    await writeFile(join(small.directory, 'other'), Buffer.alloc(80 * MIB));
    await gate.open();
    const job = await onSmall.ended(order);
    expect(job?.state).toBe('failed');
    expect(job?.message).toBe(`dd: error writing '${order.id}': No space left on device`);
    expect(await onSmall.listing()).toEqual(['other']);
  } finally {
    await small.unmount();
  }
});

test('what a file system counts beyond the end of what was written is cut off', async () => {
  gate = await closeGate();
  const order = createVolume();
  await delegate.jobs.submit(order);
  await gate.arrived();
  const [part = ''] = await delegate.listing();
  await truncate(pathOf(part), order.sizeBytes + 128 * 1024);
  await gate.open();
  expect(await delegate.ended(order)).toMatchObject({ state: 'available', method: 'zero' });
  expect((await stat(pathOf(order.id))).size).toBe(order.sizeBytes);
});

test('a directory that went away is named nowhere', async () => {
  gate = await closeGate();
  const order = createVolume();
  await delegate.jobs.submit(order);
  await gate.arrived();
  await rm(folders.directory, { recursive: true });
  await gate.open();
  const message = (await delegate.ended(order))?.message ?? '';
  expect(message).not.toBe('');
  expect(message).not.toContain('/');
});

test('a link with a volume’s name is not copied from', async () => {
  const secret = join(folders.state, 'secret');
  await writeFile(secret, 'keys');
  const sourceId = newId('vol');
  await symlink(secret, pathOf(sourceId));
  const job = await delegate.finish(createSnapshot(sourceId, { sizeBytes: 4 }));
  expect(job).toMatchObject({ state: 'failed' });
  expect(job?.message).toContain(`${sourceId} is not a file`);
  expect(await delegate.listing()).toEqual([sourceId]);
});

test('a link in the place of a new file is not written through', async () => {
  const secret = join(folders.state, 'secret');
  await writeFile(secret, 'keys');
  const order = createVolume({ sizeBytes: 4 });
  await symlink(secret, pathOf(order.id));
  expect(await delegate.finish(order)).toMatchObject({ state: 'failed' });
  expect(await readFile(secret, 'utf8')).toBe('keys');
});

test('of a link the link is deleted, not what it leads to', async () => {
  const secret = join(folders.state, 'secret');
  await writeFile(secret, 'keys');
  const id = newId('vol');
  await symlink(secret, pathOf(id));
  expect(await delegate.finish(deletion(id))).toMatchObject({ state: 'deleted' });
  expect((await stat(secret)).size).toBe(4);
});

test('when another delegate was quicker, its file is the outcome', async () => {
  gate = await closeGate();
  const order = createVolume();
  await delegate.jobs.submit(order);
  await gate.arrived();
  await writeFile(pathOf(order.id), Buffer.alloc(order.sizeBytes, 1));
  await gate.open();
  expect(await delegate.ended(order)).toMatchObject({ state: 'available' });
  expect(await delegate.listing()).toEqual([order.id]);
  expect((await readFile(pathOf(order.id)))[0]).toBe(1);
});

test('an outcome that could not be written down is found when the order is repeated', async () => {
  const order = createVolume();
  const put = delegate.journal.put.bind(delegate.journal);
  delegate.journal.put = async (job) => {
    if (job.state !== 'pending') throw new Error('disk full');
    await put(job);
  };
  expect(await delegate.finish(order)).toMatchObject({ state: 'pending' });
  expect(delegate.reports).toEqual([]);
  delegate.journal.put = put;
  expect(await delegate.finish(order)).toMatchObject({ state: 'available' });
  expect(delegate.reports).toHaveLength(1);
});

test('an order that cannot even be written down is refused, and leaves nothing', async () => {
  const put = delegate.journal.put.bind(delegate.journal);
  delegate.journal.put = () => Promise.reject(new Error('disk full'));
  await expect(delegate.jobs.submit(createVolume())).rejects.toMatchObject({ code: 'Unavailable' });
  expect(await delegate.listing()).toEqual([]);
  delegate.journal.put = put;
  expect(await delegate.finish(createVolume())).toMatchObject({ state: 'available' });
});
