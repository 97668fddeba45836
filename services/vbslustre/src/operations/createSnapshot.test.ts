import { newId } from '@vbs-lustre/shared/ids';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BOB, GIB, NOT_DELIVERED, openSite, type Site } from '../testing/site.js';
import { createSnapshot } from './createSnapshot.js';
import { createVolume } from './createVolume.js';
import { deleteSnapshot } from './deleteSnapshot.js';
import { deleteVolume } from './deleteVolume.js';
import { describeSnapshot } from './describeSnapshot.js';
import { describeVolume } from './describeVolume.js';
import { detachVolume } from './detachVolume.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

test('a new snapshot is pending until its file is reported complete', async () => {
  const volumeId = await site.volume({ size: 2 });
  const snapshot = await site.call(createSnapshot, { volumeId, description: 'before' });
  expect(snapshot).toMatchObject({
    volumeId,
    description: 'before',
    sizeBytes: 2 * GIB,
    size: 2,
    status: 'pending',
  });
  expect(site.b.received.at(-1)).toMatchObject({
    operation: 'CreateSnapshotFile',
    request: { volumeId, snapshotId: snapshot.snapshotId, sizeBytes: 2 * GIB },
  });
  await site.tell(snapshot.snapshotId, 'available');
  expect(await site.status(snapshot.snapshotId)).toBe('available');
});

test('the record and the pin are there before the order is given', async () => {
  const volumeId = await site.volume();
  const seen: unknown[] = [];
  site.b.meanwhile = async () => {
    seen.push(...(await site.database('snapshots').select('status')));
    seen.push(await site.database('volumes').select('copies').first());
  };
  await site.call(createSnapshot, { volumeId });
  expect(seen).toEqual([{ status: 'pending' }, { copies: 1 }]);
});

test('a volume that is written is not copied; one that is only read is', async () => {
  const volumeId = await site.volume();
  await site.attach(volumeId);
  const torn = site.call(createSnapshot, { volumeId });
  await expect(torn).rejects.toMatchObject({
    code: 'IncorrectState',
    message: expect.stringMatching(/is attached for writing, .* detach it first, or .* force=true/),
  });
  await site.call(detachVolume, { volumeId });
  await site.attach(volumeId, { attachMode: 'r' });
  const exact = { status: 'pending', consistency: 'exact' };
  expect(await site.call(createSnapshot, { volumeId })).toMatchObject(exact);
});

test('by force a volume that is written is copied, and the snapshot is torn for ever', async () => {
  const volumeId = await site.volume();
  await site.attach(volumeId);
  const { snapshotId } = await site.call(createSnapshot, { volumeId, force: true });
  const torn = async () => (await site.call(describeSnapshot, { snapshotId })).consistency;
  expect(await torn()).toBe('torn');
  // The writer comes and goes while it is copied; only the file has to stay.
  await site.call(detachVolume, { volumeId });
  await site.attach(volumeId);
  await site.call(detachVolume, { volumeId });
  const deletion = site.call(deleteVolume, { volumeId });
  await expect(deletion).rejects.toMatchObject({ code: 'VolumeInUse' });
  expect(await torn()).toBe('torn');
  await site.tell(snapshotId, 'available');
  await site.call(deleteVolume, { volumeId });
  expect(await torn()).toBe('torn');
});

test.each(['attached', 'attaching', 'detaching'])(
  'a writer that is %s tears it too',
  async (status) => {
    const volumeId = await site.volume();
    await site.attach(volumeId);
    await site.database('attachments').update({ status });
    const forced = await site.call(createSnapshot, { volumeId, force: true });
    expect(forced.consistency).toBe('torn');
    await site.tell(forced.snapshotId, 'failure : cmd error', 'cp: error');
  },
);

test('force where nobody writes makes an exact one, and keeps writers out', async () => {
  const volumeId = await site.volume();
  const { snapshotId, consistency } = await site.call(createSnapshot, { volumeId, force: true });
  expect(consistency).toBe('exact');
  await expect(site.attach(volumeId)).rejects.toMatchObject({ code: 'IncorrectState' });
  await site.tell(snapshotId, 'available');
  await site.attach(volumeId);
});

test('an order by force that nobody takes leaves nothing', async () => {
  const volumeId = await site.volume();
  await site.attach(volumeId);
  site.a.refusal = NOT_DELIVERED;
  site.b.refusal = NOT_DELIVERED;
  const forced = site.call(createSnapshot, { volumeId, force: true });
  await expect(forced).rejects.toMatchObject({ code: 'Unavailable' });
  expect(await site.database('snapshots')).toEqual([]);
});

test('a volume says what the snapshot was that it was made from, also when that is gone', async () => {
  const volumeId = await site.volume();
  await site.attach(volumeId);
  const { snapshotId } = await site.call(createSnapshot, { volumeId, force: true });
  await site.tell(snapshotId, 'available');
  const copy = await site.volume({ snapshotId });
  await site.call(deleteSnapshot, { snapshotId });
  expect(await site.call(describeVolume, { volumeId: copy })).toMatchObject({
    ...{ snapshotId, snapshotConsistency: 'torn' },
  });
});

test('while it is copied, a volume can be read, but neither written nor deleted', async () => {
  const volumeId = await site.volume();
  const { snapshotId } = await site.call(createSnapshot, { volumeId });
  await expect(site.attach(volumeId)).rejects.toMatchObject({ code: 'IncorrectState' });
  const deletion = site.call(deleteVolume, { volumeId });
  await expect(deletion).rejects.toMatchObject({ code: 'VolumeInUse' });
  await site.attach(volumeId, { attachMode: 'r' });
  await site.call(detachVolume, { volumeId });
  await site.tell(snapshotId, 'available');
  await site.attach(volumeId);
});

test('several snapshots of a volume at once each hold it', async () => {
  const volumeId = await site.volume();
  const first = await site.call(createSnapshot, { volumeId });
  const second = await site.call(createSnapshot, { volumeId });
  await site.tell(first.snapshotId, 'available');
  await expect(site.attach(volumeId)).rejects.toMatchObject({ code: 'IncorrectState' });
  await site.tell(second.snapshotId, 'failure : cmd error', 'cp: error');
  await site.attach(volumeId);
});

test('only an available volume can be copied', async () => {
  const { volumeId } = await site.call(createVolume, { size: 1 });
  const refused = { code: 'IncorrectState' };
  await expect(site.call(createSnapshot, { volumeId })).rejects.toMatchObject(refused);
  await site.tell(volumeId, 'failure : cmd error', 'dd: error');
  await expect(site.call(createSnapshot, { volumeId })).rejects.toMatchObject(refused);
  await site.call(deleteVolume, { volumeId });
  expect(await site.status(volumeId)).toBe('deleting');
  await expect(site.call(createSnapshot, { volumeId })).rejects.toMatchObject(refused);
  expect(await site.database('snapshots')).toEqual([]);
});

test('volumes of others and unknown ones are not found', async () => {
  const volumeId = await site.volume();
  const notFound = { code: 'InvalidVolume.NotFound' };
  await expect(site.call(createSnapshot, { volumeId }, BOB)).rejects.toMatchObject(notFound);
  const unknown = site.call(createSnapshot, { volumeId: newId('vol') });
  await expect(unknown).rejects.toMatchObject(notFound);
});

test.each([{ description: 'd'.repeat(256) }, { clientToken: 't'.repeat(65) }])(
  'too long is refused: %#',
  async (other) => {
    const volumeId = await site.volume();
    const refused = site.call(createSnapshot, { volumeId, ...other });
    await expect(refused).rejects.toMatchObject({ code: 'InvalidParameterValue' });
  },
);
