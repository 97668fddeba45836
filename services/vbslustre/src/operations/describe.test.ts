import { newId } from '@vbs-lustre/shared/ids';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ALICE, BOB, GIB, openSite, type Site } from '../testing/site.js';
import { describeSnapshot } from './describeSnapshot.js';
import { describeSnapshots } from './describeSnapshots.js';
import { describeVolume } from './describeVolume.js';
import { describeVolumes } from './describeVolumes.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const volumes = (...ids: string[]) => ({
  volumeSet: { item: ids.map((volumeId) => ({ volumeId })) },
});
const snapshots = (...ids: string[]) => ({
  snapshotSet: { item: ids.map((snapshotId) => ({ snapshotId })) },
});

test('a volume with attachments is in use, and shows them', async () => {
  const volumeId = await site.volume();
  expect(await site.call(describeVolume, { volumeId })).toMatchObject({
    ...{ volumeId, size: 1, sizeBytes: GIB, status: 'available', attachmentSet: { item: [] } },
    createTime: expect.any(Date),
  });
  await site.attach(volumeId, { attachMode: 'r' });
  await site.attach(volumeId, { attachMode: 'r', instanceId: 'vm2', vmm: 'host2' });
  const { status, attachmentSet } = await site.call(describeVolume, { volumeId });
  expect(status).toBe('in-use');
  expect(attachmentSet.item).toMatchObject([
    { volumeId, instanceId: 'vm1', vmm: 'host1', device: 'xvdb', status: 'attached' },
    { volumeId, instanceId: 'vm2', vmm: 'host2', device: 'xvdb', attachMode: 'r' },
  ]);
});

test('the list holds the caller’s volumes only, each with its own attachments', async () => {
  const [first, second] = [await site.volume(), await site.volume()];
  const foreign = await site.volume({ size: 1 }, BOB);
  await site.attach(second);
  const own = (await site.call(describeVolumes, {})).volumeSet.item;
  expect(own.map(({ volumeId }) => volumeId).sort()).toEqual([first, second].sort());
  const shown = new Map(own.map((each) => [each.volumeId, each.attachmentSet.item.length]));
  expect([shown.get(first), shown.get(second)]).toEqual([0, 1]);
  const others = (await site.call(describeVolumes, {}, BOB)).volumeSet.item;
  expect(others.map(({ volumeId }) => volumeId)).toEqual([foreign]);
});

test('only the volumes that are named are listed, and all of them must be the caller’s', async () => {
  const [first, second] = [await site.volume(), await site.volume()];
  const foreign = await site.volume({ size: 1 }, BOB);
  const { volumeSet } = await site.call(describeVolumes, volumes(second));
  expect(volumeSet.item.map(({ volumeId }) => volumeId)).toEqual([second]);
  for (const wrong of [foreign, newId('vol'), 'vol-1', '']) {
    const refused = site.call(describeVolumes, volumes(first, wrong));
    await expect(refused).rejects.toMatchObject({ code: 'InvalidVolume.NotFound' });
  }
});

test('snapshots are described, listed and kept apart alike', async () => {
  const volumeId = await site.volume();
  const [first, second] = [await site.snapshot(volumeId), await site.snapshot(volumeId)];
  expect(await site.call(describeSnapshot, { snapshotId: first })).toMatchObject({
    ...{ snapshotId: first, volumeId, size: 1, sizeBytes: GIB, status: 'available' },
  });
  const all = (await site.call(describeSnapshots, {})).snapshotSet.item;
  expect(all.map(({ snapshotId }) => snapshotId).sort()).toEqual([first, second].sort());
  const named = (await site.call(describeSnapshots, snapshots(second))).snapshotSet.item;
  expect(named.map(({ snapshotId }) => snapshotId)).toEqual([second]);
  expect(await site.call(describeSnapshots, {}, BOB)).toEqual({ snapshotSet: { item: [] } });
  const notFound = { code: 'InvalidSnapshot.NotFound' };
  const stolen = site.call(describeSnapshots, snapshots(first), BOB);
  await expect(stolen).rejects.toMatchObject(notFound);
  const one = site.call(describeSnapshot, { snapshotId: first }, BOB);
  await expect(one).rejects.toMatchObject(notFound);
});

test('somebody else’s volume and none at all get the same words', async () => {
  const volumeId = await site.volume({ size: 1 }, ALICE);
  const unknown = newId('vol');
  const messageOf = async (id: string) =>
    (await site.call(describeVolume, { volumeId: id }, BOB).catch((error) => error)).message;
  expect(await messageOf(volumeId)).toBe(`${volumeId} does not exist or is not yours.`);
  expect(await messageOf(unknown)).toBe(`${unknown} does not exist or is not yours.`);
  expect(await messageOf('v'.repeat(4000))).toBe(
    `${'v'.repeat(40)}… does not exist or is not yours.`,
  );
});
