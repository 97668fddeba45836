import { TransportError } from '@vbs-lustre/client';
import { newId } from '@vbs-lustre/shared/ids';
import type { vbslustre } from '@vbs-lustre/wsdl';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSite, type Site } from '../testing/site.js';
import { copyRange } from './copyRange.js';
import { createVolume } from './createVolume.js';
import { deleteVolume } from './deleteVolume.js';

const MAKER = 'CN=a,OU=volume';

let site: Site;
let range: vbslustre.CopyRange;

/** A volume that `a` copies from a snapshot. */
beforeEach(async () => {
  site = await openSite();
  const sourceId = await site.snapshot(await site.volume());
  await site.database('delegates').where({ name: 'b' }).update({ free_jobs: 1 });
  const { volumeId } = await site.call(createVolume, { snapshotId: sourceId });
  const volume = await site.database('volumes').where({ id: volumeId }).first();
  expect(volume.delegate).toBe('a');
  const { order_id: orderId, size_bytes: sizeBytes } = volume;
  range = { orderId, fileId: volumeId, sizeBytes, attempt: '0123456789abcdef', sourceId };
});
afterEach(() => site.close());

const ask = (other: Partial<vbslustre.CopyRange> = {}, userId = MAKER) =>
  site.call(copyRange, { ...range, ...other }, userId);

test('another one is found, and has what the maker asks', async () => {
  expect(await ask()).toEqual({ delegate: 'b', worker: 'worker', state: 'ready' });
  const piece = { worker: 'worker', from: 0, to: 4096 };
  await ask({ ...piece, delegate: 'b' });
  expect(site.b.ranges).toEqual([range, { ...range, ...piece }]);
  expect(site.a.ranges).toEqual([]);
});

test('nobody is asked twice who can help; then there is none', async () => {
  const item = [{ name: 'b' }];
  await expect(ask({ exceptSet: { item } })).rejects.toMatchObject({ code: 'Unavailable' });
});

test('who cannot be asked refuses; who is at work and cannot be asked may be at work', async () => {
  site.b.refusal = new TransportError('refused', 'no');
  expect(await ask()).toMatchObject({ delegate: 'b', state: 'refused' });
  const named = ask({ delegate: 'b', worker: 'worker', from: 0, to: 4096 });
  await expect(named).rejects.toMatchObject({ code: 'Unavailable' });
});

test.each<[string, () => Partial<vbslustre.CopyRange>, string?]>([
  ['another delegate', () => ({}), 'CN=b,OU=volume'],
  ['another order', () => ({ orderId: newId('ord') })],
  ['another file', () => ({ fileId: newId('vol') })],
  ['another source', () => ({ sourceId: newId('snap') })],
  ['another size', () => ({ sizeBytes: 1 })],
  ['what is no id', () => ({ fileId: '../x' })],
])('for %s nobody works', async (_what, other, userId) => {
  await expect(ask(other(), userId)).rejects.toMatchObject({ code: 'IncorrectState' });
  expect(site.b.ranges).toEqual([]);
});

test('for what is deleted nobody works', async () => {
  await site.call(deleteVolume, { volumeId: range.fileId });
  await expect(ask()).rejects.toMatchObject({ code: 'IncorrectState' });
  const end = { delegate: 'b', worker: 'worker', end: true };
  await ask(end);
  expect(site.b.ranges).toEqual([{ ...range, worker: 'worker', end: true }]);
});
