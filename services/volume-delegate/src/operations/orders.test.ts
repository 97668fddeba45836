import { newId } from '@vbs-lustre/shared/ids';
import { createLog } from '@vbs-lustre/shared/log';
import type { volumeDelegate } from '@vbs-lustre/wsdl';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Delegate, MIB, makeFolders, startDelegate } from '../jobs/testing/delegate.js';
import { VolumeTypes } from '../jobs/volumeTypes.js';
import { createSnapshotFile } from './createSnapshotFile.js';
import { createVolumeFile } from './createVolumeFile.js';
import { deleteFile } from './deleteFile.js';
import { describeFreeSpace } from './describeFreeSpace.js';
import { describeOneJob } from './describeJob.js';

let folders: Awaited<ReturnType<typeof makeFolders>>;
let delegate: Delegate;

const log = createLog({ service: 'test', level: 'error', format: 'json' });
const caller = { userId: 'CN=front-end', requestId: 'req-1', log };

beforeEach(async () => {
  folders = await makeFolders();
  delegate = await startDelegate(folders);
});
afterEach(async () => {
  await delegate.jobs.stop();
  await folders.remove();
});

const types = new VolumeTypes('auto', { fast: { stripeCount: 8 } });
const newVolume = () => ({ orderId: newId('ord'), volumeId: newId('vol'), sizeBytes: MIB });

test('a volume, a snapshot of it, a volume of that, and the end of all', async () => {
  const { jobs } = delegate;
  const volume = newVolume();
  const pending = await createVolumeFile(jobs, types)(volume, caller);
  expect(pending).toEqual({ orderId: volume.orderId, state: 'pending' });
  await delegate.ended(volume);
  const snapshot = { ...newVolume(), snapshotId: newId('snap'), volumeId: volume.volumeId };
  await createSnapshotFile(jobs)(snapshot, caller);
  await delegate.ended(snapshot);
  const clone = { ...newVolume(), snapshotId: snapshot.snapshotId };
  await createVolumeFile(jobs, types)(clone, caller);
  await delegate.ended(clone);
  expect(await describeOneJob(jobs)({ orderId: clone.orderId }, caller)).toMatchObject({
    state: 'available',
  });
  expect(await delegate.listing()).toHaveLength(3);
  const targets = [{ volumeId: volume.volumeId }, { snapshotId: snapshot.snapshotId }];
  for (const target of [...targets, { volumeId: clone.volumeId }]) {
    const removal = { orderId: newId('ord'), ...target };
    expect(await deleteFile(jobs)(removal, caller)).toMatchObject({ state: 'deleted' });
  }
  expect(await delegate.listing()).toEqual([]);
});

test.each<Partial<volumeDelegate.CreateVolumeFile>>([
  { orderId: '../ord' },
  { orderId: newId('vol') },
  { volumeId: '../../etc/passwd' },
  { volumeId: newId('snap') },
  { volumeId: newId('vol').toUpperCase() },
  { volumeId: `${newId('vol')}\n` },
  { snapshotId: newId('vol') },
  { snapshotId: '.' },
  { sizeBytes: 0 },
  { sizeBytes: -1 },
])('a volume with %j is refused, and nothing is made', async (wrong) => {
  const order = createVolumeFile(delegate.jobs, types)({ ...newVolume(), ...wrong }, caller);
  await expect(order).rejects.toMatchObject({ code: 'InvalidParameterValue' });
  expect(await delegate.listing()).toEqual([]);
  expect(delegate.journal.all()).toEqual([]);
});

test('a type that this delegate does not have is for another one', async () => {
  const order = createVolumeFile(delegate.jobs, types)(
    { ...newVolume(), volumeType: 'slow' },
    caller,
  );
  await expect(order).rejects.toMatchObject({ code: 'Unavailable' });
  expect(delegate.journal.all()).toEqual([]);
});

const data = { sha256: 'a'.repeat(64), sizeBytes: MIB };

test.each([
  ['InvalidParameterValue', { snapshotData: { ...data, sha256: 'a' } }],
  ['InvalidParameterValue', { snapshotData: { ...data, sizeBytes: 0 } }],
  ['InvalidParameterCombination', { snapshotData: { ...data, sizeBytes: 2 * MIB } }],
  ['InvalidParameterCombination', { snapshotData: data, snapshotId: undefined }],
])('%s: data to begin with of %j', async (code, wrong) => {
  const request = { ...newVolume(), snapshotId: newId('snap'), ...wrong };
  const order = createVolumeFile(delegate.jobs, types)(request, caller);
  await expect(order).rejects.toMatchObject({ code });
  expect(delegate.journal.all()).toEqual([]);
});

test('a snapshot needs a volume', async () => {
  const wrong = { ...newVolume(), snapshotId: newId('snap'), volumeId: newId('snap') };
  const order = createSnapshotFile(delegate.jobs)(wrong, caller);
  await expect(order).rejects.toMatchObject({ code: 'InvalidParameterValue' });
});

test.each([
  ['InvalidParameterCombination', {}],
  ['InvalidParameterCombination', { volumeId: newId('vol'), snapshotId: newId('snap') }],
  ['InvalidParameterValue', { volumeId: newId('snap') }],
  ['InvalidParameterValue', { snapshotId: '../../etc' }],
])('%s: a deletion of %j', async (code, target) => {
  const order = deleteFile(delegate.jobs)({ orderId: newId('ord'), ...target }, caller);
  await expect(order).rejects.toMatchObject({ code });
});

test('an order that is not known is not described', async () => {
  const unknown = describeOneJob(delegate.jobs)({ orderId: newId('ord') }, caller);
  await expect(unknown).rejects.toMatchObject({ code: 'InvalidParameterValue' });
});

test('the free space is that of all targets', async () => {
  const { availableBytes, targetSet } = await describeFreeSpace(delegate.ledger)({}, caller);
  expect(targetSet.item).toEqual([{ id: '', availableBytes }]);
  expect(availableBytes).toBeGreaterThan(0);
});
