import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  COMMAND_TIMEOUT_MS,
  createSnapshot,
  createVolume,
  log,
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
  const { jobs, ended } = await startDelegate(folders, { maxJobs: 1 });
  const progress = new ProgressWatch(jobs, folders.directory, COMMAND_TIMEOUT_MS, log);
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

test('a directory that cannot be looked at is no reason to fail', async () => {
  const jobs = { parts: ['.vol-00000000000000001.9.ord-00000000000000002.part'] };
  const progress = new ProgressWatch(jobs, '/nowhere', COMMAND_TIMEOUT_MS, log);
  await progress.look();
  expect(progress.seen).toEqual([]);
});
