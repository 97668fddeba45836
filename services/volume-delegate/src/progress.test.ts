import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Pace } from './jobs/pace.js';
import {
  COMMAND_TIMEOUT_MS,
  createSnapshot,
  createVolume,
  log,
  MIB,
  makeFolders,
  startDelegate,
} from './jobs/testing/delegate.js';
import { closeGate } from './jobs/testing/gate.js';
import { ProgressWatch } from './progress.js';

let folders: Awaited<ReturnType<typeof makeFolders>>;
let gate: Awaited<ReturnType<typeof closeGate>>;

beforeEach(async () => {
  folders = await makeFolders();
  gate = await closeGate();
});
afterEach(async () => {
  await gate.remove();
  await folders.remove();
});

test('it sees what is written of a file, and nothing of one that waits or is complete', async () => {
  const { jobs, copier, ended } = await startDelegate(folders, { maxJobs: 1 });
  const progress = new ProgressWatch(jobs, copier, folders.directory, COMMAND_TIMEOUT_MS, log);
  await progress.look();
  expect(progress.seen).toEqual([]);
  const [first, waiting] = [createVolume(), createVolume()];
  await jobs.submit(first);
  await jobs.submit(waiting);
  await gate.arrived();
  await progress.look();
  expect(progress.seen).toEqual([{ orderId: first.orderId, bytesDone: 65_536 }]);
  await gate.open();
  expect(await ended(first)).toMatchObject({ state: 'available' });
  expect(await ended(waiting)).toMatchObject({ state: 'available' });
  const copy = createSnapshot(first.id);
  await jobs.submit(copy);
  await ended(copy);
  await progress.look();
  expect(progress.seen).toEqual([]);
});

test('of a copy that has its size from the start, the program tells', async () => {
  // A minute at this pace, so that nobody looks too late.
  const sizeBytes = 64 * MIB;
  const delegate = await startDelegate(folders, { blank: 'thin', pace: new Pace(1) });
  const { jobs, copier } = delegate;
  const volume = createVolume({ sizeBytes });
  await delegate.finish(volume);
  await writeFile(join(folders.directory, volume.id), Buffer.alloc(sizeBytes, 1), { flag: 'r+' });
  const progress = new ProgressWatch(jobs, copier, folders.directory, COMMAND_TIMEOUT_MS, log);
  const copy = createSnapshot(volume.id, { sizeBytes });
  await jobs.submit(copy);
  for (;;) {
    await progress.look();
    const { bytesDone = 0 } = progress.seen.find(({ orderId }) => orderId === copy.orderId) ?? {};
    if (bytesDone > 0 && bytesDone < sizeBytes) break;
    expect(jobs.find(copy.orderId)?.state).toBe('pending');
  }
  await jobs.stop();
});

test('a directory that cannot be looked at is no reason to fail', async () => {
  const jobs = { parts: ['.vol-00000000000000001.9.ord-00000000000000002.part'] };
  const copier = { bytesDone: () => undefined };
  const progress = new ProgressWatch(jobs, copier, '/nowhere', COMMAND_TIMEOUT_MS, log);
  await progress.look();
  expect(progress.seen).toEqual([]);
});
