import type { vbslustre } from '@vbs-lustre/wsdl';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSite, type Site } from '../testing/site.js';
import { createVolume } from './createVolume.js';
import { deleteSnapshot } from './deleteSnapshot.js';
import { deleteVolume } from './deleteVolume.js';
import { describeVolume } from './describeVolume.js';
import { describeVolumes } from './describeVolumes.js';
import { updateVolumeStatus } from './updateVolumeStatus.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

/** The delegate makes volumes of these types. */
const announce = (name: string, ...volumeTypes: string[]) =>
  site.announce('volume', name, { volumeTypes });

test('a volume has the type that it is given, and is made by a delegate that has it', async () => {
  await announce('a', 'standard');
  await announce('b', 'standard', 'fast');
  const request = { size: 1, volumeType: 'fast' };
  for (let made = 0; made < 3; made += 1) {
    const { volumeId } = await site.call(createVolume, request);
    expect(site.b.received.at(-1)?.request).toMatchObject({ volumeId, volumeType: 'fast' });
    expect(await site.call(describeVolume, { volumeId })).toMatchObject({ volumeType: 'fast' });
    await site.tell(volumeId, 'available');
  }
  expect(site.a.received).toEqual([]);
  const plain = await site.volume();
  const valueSet = { item: [{ value: 'fast' }] };
  const filterSet = { item: [{ name: 'volume-type', valueSet }] };
  const listed = (await site.call(describeVolumes, { filterSet })).volumeSet.item;
  expect(listed).toHaveLength(3);
  expect(await site.call(describeVolume, { volumeId: plain })).not.toMatchObject({
    volumeType: expect.anything(),
  });
});

test('a type that is nowhere is refused with those that there are', async () => {
  const wrong = { size: 1, volumeType: 'gold' };
  await expect(site.call(createVolume, wrong)).rejects.toMatchObject({
    code: 'InvalidParameterValue',
    message: expect.stringContaining('there are none'),
  });
  await announce('a', 'standard');
  await announce('b', 'standard', 'fast');
  await expect(site.call(createVolume, wrong)).rejects.toMatchObject({
    code: 'InvalidParameterValue',
    message: expect.stringContaining('There are: fast, standard.'),
  });
  expect(await site.database('volumes')).toEqual([]);
});

test('a type whose only delegate is silent is there, and has to wait', async () => {
  await announce('b', 'fast');
  await site.silence('b');
  const request = site.call(createVolume, { size: 1, volumeType: 'fast' });
  await expect(request).rejects.toMatchObject({ code: 'Unavailable' });
});

test('an order for a type is passed on to a delegate that has it, or stays', async () => {
  await announce('b', 'fast');
  const { volumeId } = await site.call(createVolume, { size: 1, volumeType: 'fast' });
  const { volumeDelegates } = site.frontEnd;
  expect(await volumeDelegates.otherThan('b', 'fast')).toBeUndefined();
  await announce('a', 'fast');
  expect(await volumeDelegates.otherThan('b', 'fast')).toBe('a');
  await site.tell(volumeId, 'available');
});

test('how a file was made is shown, if it is known', async () => {
  const volumeId = await site.volume();
  const shown = () => site.call(describeVolume, { volumeId });
  expect((await shown()).creationMethod).toBeUndefined();
  const other = await site.call(createVolume, { size: 1 });
  const { order_id: orderId } = await site
    .database('volumes')
    .where({ id: other.volumeId })
    .first();
  const end = { volumeId: other.volumeId, orderId, status: 'available', method: 'reserve' };
  await site.call(updateVolumeStatus, end);
  expect(await site.call(describeVolume, { volumeId: other.volumeId })).toMatchObject({
    status: 'available',
    creationMethod: 'reserve',
  });
});

test('a read-only volume is ordered as one, and only readers get it', async () => {
  const snapshotId = await site.snapshot(await site.volume());
  const { volumeId } = await site.call(createVolume, { snapshotId, readOnly: true });
  const orders = [...site.a.received, ...site.b.received];
  expect(orders.map(({ request }) => request)).toContainEqual(
    expect.objectContaining({ volumeId, snapshotId, readOnly: true }),
  );
  await site.tell(volumeId, 'available');
  expect(await site.call(describeVolume, { volumeId })).toMatchObject({ readOnly: true });
  await expect(site.attach(volumeId)).rejects.toMatchObject({
    code: 'IncorrectState',
    message: `${volumeId} can only be read; attach it with attachMode r.`,
  });
  await site.attach(volumeId, { attachMode: 'r' });
  await site.attach(volumeId, { attachMode: 'r', instanceId: 'vm2', vmm: 'host2' });
});

test('a read-only volume outlives its snapshot, and that it', async () => {
  const snapshotId = await site.snapshot(await site.volume());
  const request = { snapshotId, readOnly: true };
  const [one, two] = [
    await site.call(createVolume, request),
    await site.call(createVolume, request),
  ];
  for (const { volumeId } of [one, two]) await site.tell(volumeId, 'available');
  await site.call(deleteVolume, { volumeId: one.volumeId });
  await site.tell(one.volumeId, 'deleted');
  await site.call(deleteSnapshot, { snapshotId });
  await site.tell(snapshotId, 'deleted');
  expect(await site.status(two.volumeId)).toBe('available');
});

test.each<[string, (snapshotId: string) => vbslustre.CreateVolume]>([
  ['InvalidParameterCombination', () => ({ size: 1, readOnly: true })],
  ['InvalidParameterValue', (snapshotId) => ({ snapshotId, size: 2, readOnly: true })],
  [
    'InvalidParameterCombination',
    (snapshotId) => ({ snapshotId, readOnly: true, volumeType: 'x' }),
  ],
])('%s: readOnly with what does not go with it', async (code, request) => {
  const snapshotId = await site.snapshot(await site.volume());
  await expect(site.call(createVolume, request(snapshotId))).rejects.toMatchObject({ code });
  expect(await site.database('volumes')).toHaveLength(1);
});

test('readOnly=false, and a size that is the snapshot’s, are fine', async () => {
  const snapshotId = await site.snapshot(await site.volume());
  for (const readOnly of [true, false]) {
    const { volumeId } = await site.call(createVolume, { snapshotId, size: 1, readOnly });
    await site.tell(volumeId, 'available');
  }
});
