import type { CallbackClient } from '@vbs-lustre/client';
import { beforeEach, expect, test, vi } from 'vitest';
import type { Job, JobState, Order } from './job.js';
import { report } from './reporter.js';
import { createSnapshot, createVolume, deletion, log } from './testing/delegate.js';

let heard: object[];
/** The pauses that were asked for; nobody waits. */
const pauses = vi.hoisted((): number[] => []);

vi.mock('node:timers/promises', () => ({
  setTimeout: async (ms: number) => void pauses.push(ms),
}));

beforeEach(() => {
  heard = [];
  pauses.length = 0;
});

/** A front end that is away for the first calls. */
function fakeFrontEnd(name: string, awayFor = 0): CallbackClient {
  const hear = async (outcome: object) => {
    if (awayFor-- > 0) throw new Error('connection refused');
    heard.push({ name, ...outcome });
    return { requestId: 'req-1' };
  };
  const callbacks = { UpdateVolumeStatus: hear, UpdateSnapshotStatus: hear };
  return callbacks as typeof callbacks as CallbackClient;
}

function jobOf(order: Order, state: JobState, message?: string): Job {
  const words = message === undefined ? {} : { message };
  return { order, state, ...words, reported: false, changedAt: new Date().toISOString() };
}

const volume = createVolume();
const snapshot = createSnapshot(volume.id);
const unasked = new AbortController().signal;

test.each<[string, Job, object]>([
  ['volume', jobOf(volume, 'available'), { volumeId: volume.id, status: 'available' }],
  ['snapshot', jobOf(snapshot, 'available'), { snapshotId: snapshot.id, status: 'available' }],
  ['deletion', jobOf(deletion(volume.id), 'deleted'), { volumeId: volume.id, status: 'deleted' }],
  [
    'failure',
    jobOf(snapshot, 'failed', 'cp: error'),
    { snapshotId: snapshot.id, status: 'failure : cmd error', message: 'cp: error' },
  ],
])('the outcome of a %s', async (_case, job, outcome) => {
  expect(await report(job, [fakeFrontEnd('a')], log, unasked)).toBe(true);
  expect(heard).toMatchObject([{ name: 'a', orderId: job.order.orderId, ...outcome }]);
});

test('it is told in turn, until somebody hears it', async () => {
  const frontEnds = [fakeFrontEnd('a', 20), fakeFrontEnd('b', 10)];
  expect(await report(jobOf(volume, 'available'), frontEnds, log, unasked)).toBe(true);
  expect(heard).toMatchObject([{ name: 'b' }]);
});

test('it is told often at first, and then every half minute', async () => {
  await report(jobOf(volume, 'available'), [fakeFrontEnd('a', 9)], log, unasked);
  expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test('it is told no more once it is aborted', async () => {
  const stopping = new AbortController();
  const frontEnd = fakeFrontEnd('a');
  frontEnd.UpdateVolumeStatus = async () => {
    stopping.abort();
    throw new Error('connection refused');
  };
  const told = report(jobOf(volume, 'available'), [frontEnd], log, stopping.signal);
  expect(await told).toBe(false);
});
