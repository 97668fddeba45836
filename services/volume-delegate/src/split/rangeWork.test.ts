import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import { partName } from '@vbs-lustre/shared/partName';
import pLimit from 'p-limit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Copier, type RangeCopy } from '../jobs/copier.js';
import { Pace } from '../jobs/pace.js';
import { COMMAND_TIMEOUT_MS, log, MIB, makeFolders } from '../jobs/testing/delegate.js';
import { VolumeFiles } from '../jobs/volumeFiles.js';
import { runIn } from '../runIn.js';
import { RangeWork } from './rangeWork.js';
import { FakeFrontEnd } from './testing/relay.js';

const SIZE = 8 * MIB;
const file = { fileId: newId('vol'), orderId: newId('ord'), sizeBytes: SIZE };
const attempt = '0123456789abcdef';
const part = partName({ id: file.fileId, bytes: SIZE, orderId: file.orderId, attempt });
const sourceId = newId('snap');
const order = { part, sourceId, range: { from: 0, to: 4 * MIB } };

let folders: Awaited<ReturnType<typeof makeFolders>>;
beforeEach(async () => {
  folders = await makeFolders();
  await writeFile(join(folders.directory, sourceId), Buffer.alloc(SIZE, 1));
});
afterEach(() => folders.remove());

/** A copier that is never finished, but can be ended. */
const stuck = {
  copiesRanges: true,
  copyRange: ({ signal }: RangeCopy) =>
    new Promise<void>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    }),
};

function rangeWork(copier: Pick<Copier, 'copyRange' | 'copiesRanges'>, unaskedMs?: number) {
  return new RangeWork(copier, pLimit(1), () => false, log, unaskedMs);
}

test('a range that nobody asks for is given up', async () => {
  const work = rangeWork(stuck, 1);
  expect(work.ask(order).state).toBe('pending');
  while (work.ask(order).state === 'pending') await delay(20);
  expect(work.ask(order).state).toBe('failed');
});

test('no more ranges are taken than files may be copied at once; of others it is not heard that they wait', async () => {
  const work = rangeWork(stuck);
  expect(work.isReady).toBe(true);
  expect(work.ask(order).state).toBe('pending');
  expect(work.isReady).toBe(false);
  expect(work.ask({ ...order, range: { from: 4 * MIB, to: SIZE } }).state).toBe('refused');
  await work.stop();
});

test('what was begun and is ended was not refused, also while its program is still about to end', async () => {
  const work = rangeWork(stuck);
  expect(work.ask(order).state).toBe('pending');
  const ended = work.stop();
  expect(work.ask(order).state).toBe('ended');
  await ended;
  expect(work.ask(order).state).toBe('ended');
});

test('a file that is gone is not made again', async () => {
  const files = new VolumeFiles(folders.directory, COMMAND_TIMEOUT_MS);
  const run = runIn(folders.directory, COMMAND_TIMEOUT_MS);
  const work = rangeWork(new Copier(files, run, new Pace(), 'qemu-img'));
  work.ask(order);
  while (work.ask(order).state === 'pending') await delay(20);
  expect(work.ask(order).state).toBe('failed');
  await expect(stat(join(folders.directory, part))).rejects.toMatchObject({ code: 'ENOENT' });
});

test.each([
  { fileId: '../../etc' },
  { sourceId: 'vol-1' },
  { orderId: 'ord-1' },
  { attempt: '../../../x' },
  { sizeBytes: 0 },
  { from: -1 },
  { from: MIB, to: MIB },
  { to: SIZE + 1 },
])('%o is refused', async (wrong) => {
  const work = rangeWork(stuck);
  const frontEnd = new FakeFrontEnd(new Map([['b', work]]));
  const right = {
    ...file,
    attempt,
    sourceId,
    delegate: 'b',
    worker: work.worker,
    from: 0,
    to: MIB,
  };
  const answer = await frontEnd.client.CopyRange({ ...right, ...wrong }).catch((error) => error);
  expect(isFault(answer, 'InvalidParameterValue')).toBe(true);
});
