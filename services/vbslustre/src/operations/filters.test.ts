import { afterEach, beforeEach, expect, test } from 'vitest';
import { ALICE, BOB, openSite, type Site } from '../testing/site.js';
import { createVolume } from './createVolume.js';
import { describeSnapshots } from './describeSnapshots.js';
import { describeVolumes } from './describeVolumes.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

type Wanted = Record<string, string[]>;

const filterSet = (wanted: Wanted) => ({
  item: Object.entries(wanted).map(([name, values]) => ({
    name,
    valueSet: { item: values.map((value) => ({ value })) },
  })),
});

const volumes = async (wanted: Wanted, userId = ALICE) => {
  const { volumeSet } = await site.call(describeVolumes, { filterSet: filterSet(wanted) }, userId);
  return volumeSet.item.map(({ volumeId }) => volumeId);
};

test('volumes are filtered by the status that describe shows', async () => {
  const [free, taken] = [await site.volume(), await site.volume()];
  await site.attach(taken);
  const { volumeId: pending } = await site.call(createVolume, { size: 1 });
  const { volumeId: failed } = await site.call(createVolume, { size: 1 });
  await site.tell(failed, 'failure : cmd error', 'dd: no');
  const by = (...status: string[]) => volumes({ status });
  expect(await by('available')).toEqual([free]);
  expect(await by('in-use')).toEqual([taken]);
  expect(await by('pending')).toEqual([pending]);
  expect(await by('failure : cmd error')).toEqual([failed]);
  expect((await by('available', 'in-use', 'pending')).sort()).toEqual(
    [free, taken, pending].sort(),
  );
  expect(await by('deleting')).toEqual([]);
});

test('volumes are filtered by id, snapshot and attachment, and by all of them at once', async () => {
  const first = await site.volume();
  const snapshotId = await site.snapshot(first);
  const second = await site.volume({ snapshotId });
  await site.attach(first, { attachMode: 'r' });
  await site.attach(first, { attachMode: 'r', vmm: 'host2', device: 'xvdc' });
  await site.attach(second, { instanceId: 'vm2' });
  expect(await volumes({ 'snapshot-id': [snapshotId] })).toEqual([second]);
  expect(await volumes({ 'volume-id': [first] })).toEqual([first]);
  expect(await volumes({ 'attachment.instance-id': ['vm2'] })).toEqual([second]);
  expect(await volumes({ 'attachment.vmm': ['host2'] })).toEqual([first]);
  expect(await volumes({ 'attachment.status': ['attached'] })).toHaveLength(2);
  // Both of one attachment.
  const [vmm, device] = [['host2'], ['xvdb']];
  expect(await volumes({ 'attachment.vmm': vmm, 'attachment.device': device })).toEqual([]);
  expect(await volumes({ 'volume-id': [first, second], 'snapshot-id': [snapshotId] })).toEqual([
    second,
  ]);
  // A filtered volume shows all of its attachments.
  const request = { filterSet: filterSet({ 'attachment.vmm': vmm }) };
  const [shown] = (await site.call(describeVolumes, request)).volumeSet.item;
  expect(shown?.attachmentSet.item).toHaveLength(2);
});

test('no filter shows what is somebody else’s', async () => {
  const volumeId = await site.volume();
  await site.attach(volumeId);
  for (const wanted of [
    { 'volume-id': [volumeId] },
    { status: ['available', 'in-use'] },
    { 'attachment.vmm': ['host1'] },
  ]) {
    expect(await volumes(wanted)).toEqual([volumeId]);
    expect(await volumes(wanted, BOB)).toEqual([]);
  }
});

test('snapshots are filtered by status, volume and id', async () => {
  const [first, second] = [await site.volume(), await site.volume()];
  const [one, two] = [await site.snapshot(first), await site.snapshot(second)];
  const snapshots = async (wanted: Wanted) => {
    const request = { filterSet: filterSet(wanted) };
    const { snapshotSet } = await site.call(describeSnapshots, request);
    return snapshotSet.item.map(({ snapshotId }) => snapshotId);
  };
  expect(await snapshots({ 'volume-id': [first] })).toEqual([one]);
  expect(await snapshots({ 'snapshot-id': [two], status: ['available'] })).toEqual([two]);
  expect(await snapshots({ status: ['pending'] })).toEqual([]);
});

test('a filter that is none is refused, and the fault says which there are', async () => {
  const some = Array.from({ length: 201 }, (_, at) => String(at));
  for (const [wanted, complaint] of [
    [{ colour: ['red'] }, /can have the names status, volume-id/],
    [{ status: [] }, /has no value for status/],
    [{ status: ['broken'] }, /can have for status the values pending, available/],
    [{ 'volume-id': some }, /has more than 200 values/],
  ] as const) {
    const refused = volumes(wanted as unknown as Wanted);
    await expect(refused).rejects.toMatchObject({ code: 'InvalidParameterValue' });
    await expect(refused).rejects.toThrow(complaint);
  }
  const twice = {
    item: [...filterSet({ status: ['pending'] }).item, ...filterSet({ status: ['pending'] }).item],
  };
  await expect(site.call(describeVolumes, { filterSet: twice })).rejects.toThrow(/status twice/);
});
