import { newId } from '@vbs-lustre/shared/ids';
import type { vbslustre } from '@vbs-lustre/wsdl';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ALICE, BOB, openSite, type Site } from '../testing/site.js';
import { createSnapshot } from './createSnapshot.js';
import { createTags } from './createTags.js';
import { createVolume } from './createVolume.js';
import { deleteTags } from './deleteTags.js';
import { deleteVolume } from './deleteVolume.js';
import { describeSnapshot } from './describeSnapshot.js';
import { describeSnapshots } from './describeSnapshots.js';
import { describeVolume } from './describeVolume.js';
import { describeVolumes } from './describeVolumes.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const INVALID = { code: 'InvalidParameterValue' };
const FULL = { code: 'TagLimitExceeded' };

const resourcesSet = (...ids: string[]) => ({ item: ids.map((resourceId) => ({ resourceId })) });
const tagSet = (tags: Record<string, string | undefined>): vbslustre.TagSet => ({
  item: Object.entries(tags).map(([key, value]) => ({ key, value })),
});
const put = (ids: string[], tags: Record<string, string | undefined>, userId = ALICE) =>
  site.call(createTags, { resourcesSet: resourcesSet(...ids), tagSet: tagSet(tags) }, userId);
const take = (ids: string[], tags?: Record<string, string | undefined>, userId = ALICE) => {
  const named = tags && tagSet(tags);
  return site.call(deleteTags, { resourcesSet: resourcesSet(...ids), tagSet: named }, userId);
};
const numbered = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`key${at}`, String(at)]));

/** As one describes it, and as the list has it. */
async function tagsOf(id: string) {
  const isVolume = id.startsWith('vol-');
  const one = isVolume
    ? await site.call(describeVolume, { volumeId: id })
    : await site.call(describeSnapshot, { snapshotId: id });
  const listed = isVolume
    ? (await site.call(describeVolumes, { volumeSet: { item: [{ volumeId: id }] } })).volumeSet
    : (await site.call(describeSnapshots, { snapshotSet: { item: [{ snapshotId: id }] } }))
        .snapshotSet;
  expect(listed.item[0]?.tagSet).toEqual(one.tagSet);
  return one.tagSet && Object.fromEntries(one.tagSet.item.map(({ key, value }) => [key, value]));
}

test('tags are given, get other values, and are taken, of volumes and snapshots at once', async () => {
  const volumeId = await site.volume();
  const snapshotId = await site.snapshot(volumeId);
  // Clients that know of no tags get none.
  expect(await tagsOf(volumeId)).toBeUndefined();
  expect(await put([volumeId, snapshotId], { Name: 'web', stage: 'test' })).toEqual({
    return: true,
  });
  await put([volumeId], {
    stage: 'live',
    empty: undefined,
    名前: '"\'\\ <&> 🙂',
    __proto__x: '{}',
  });
  expect(await tagsOf(snapshotId)).toEqual({ Name: 'web', stage: 'test' });
  expect(await tagsOf(volumeId)).toEqual({
    ...{ Name: 'web', stage: 'live', empty: '', 名前: '"\'\\ <&> 🙂', __proto__x: '{}' },
  });
  await take([volumeId, snapshotId], { Name: undefined, stage: 'test', none: undefined });
  expect(await tagsOf(snapshotId)).toBeUndefined();
  expect(await tagsOf(volumeId)).toMatchObject({ stage: 'live' });
  await take([volumeId]);
  expect(await tagsOf(volumeId)).toBeUndefined();
});

test('tags come with what is made, are shown at once, and end with it', async () => {
  const tags = tagSet({ Name: 'db' });
  const made = await site.call(createVolume, { size: 1, tagSet: tags, clientToken: 't' });
  expect(made.tagSet).toEqual(tags);
  const { volumeId } = made;
  const again = await site.call(createVolume, { size: 1, tagSet: tags, clientToken: 't' });
  expect(again).toMatchObject({ volumeId, tagSet: tags });
  const other = { size: 1, tagSet: tagSet({ Name: 'web' }), clientToken: 't' };
  await expect(site.call(createVolume, other)).rejects.toMatchObject({
    code: 'IdempotentParameterMismatch',
  });
  await site.tell(volumeId, 'available');
  const snapshot = await site.call(createSnapshot, { volumeId, tagSet: tags });
  expect(snapshot.tagSet).toEqual(tags);
  await site.tell(snapshot.snapshotId, 'available');
  await site.attach(volumeId, { attachMode: 'r' });
  await site.attach(volumeId, { attachMode: 'r', vmm: 'host2' });
  expect(await site.call(describeVolume, { volumeId })).toMatchObject({
    ...{ tagSet: tags, attachmentSet: { item: [{ vmm: 'host1' }, { vmm: 'host2' }] } },
  });
  const doomed = (await site.call(createVolume, { size: 1, tagSet: tags })).volumeId;
  await site.tell(doomed, 'available');
  await site.call(deleteVolume, { volumeId: doomed });
  await site.tell(doomed, 'deleted');
  const left = await site.database('volume_tags').pluck('resource_id');
  expect(left).toEqual([volumeId]);
});

test('a volume or snapshot has at most 50 tags, also if two requests give them at once', async () => {
  const volumeId = await site.volume();
  await put([volumeId], numbered(49));
  const both = await Promise.allSettled([put([volumeId], { a: '' }), put([volumeId], { b: '' })]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: FULL });
  // One that is there needs no room.
  await put([volumeId], { key0: 'new' });
  await expect(put([await site.volume()], numbered(51))).rejects.toMatchObject(FULL);
  const made = site.call(createVolume, { size: 1, tagSet: tagSet(numbered(51)) });
  await expect(made).rejects.toMatchObject(FULL);
});

test('all of it is done, or nothing', async () => {
  const [first, full] = [await site.volume(), await site.volume()];
  await put([full], numbered(50));
  const foreign = await site.volume({ size: 1 }, BOB);
  await expect(put([first, full], { more: '' })).rejects.toMatchObject(FULL);
  for (const [id, code] of [
    ...[
      [foreign, 'InvalidVolume.NotFound'],
      [newId('vol'), 'InvalidVolume.NotFound'],
    ],
    ...[
      [newId('snap'), 'InvalidSnapshot.NotFound'],
      ['x', 'InvalidVolume.NotFound'],
    ],
  ] as [string, string][]) {
    await expect(put([first, id], { more: '' })).rejects.toMatchObject({ code });
    await expect(take([first, id])).rejects.toMatchObject({ code });
  }
  expect(await tagsOf(first)).toBeUndefined();
  await expect(take([full], undefined, BOB)).rejects.toThrow('is not yours');
});

test('keys and values have limits, and some keys are reserved', async () => {
  const volumeId = await site.volume();
  await put([volumeId], { ['🙂'.repeat(127)]: '🙂'.repeat(255) });
  for (const tags of [
    ...[{ ['k'.repeat(128)]: '' }, { key: 'v'.repeat(256) }],
    ...[{ 'aws:x': '' }, { 'AWS:x': '' }, { 'vbs:x': '' }],
  ]) {
    await expect(put([volumeId], tags)).rejects.toMatchObject(INVALID);
  }
  const twice = { item: [{ key: 'a' }, { key: 'a', value: 'b' }] };
  const request = { resourcesSet: resourcesSet(volumeId), tagSet: twice };
  await expect(site.call(createTags, request)).rejects.toMatchObject(INVALID);
  await expect(put([], { a: '' })).rejects.toMatchObject({ code: 'MissingParameter' });
  await expect(
    put(
      Array(1001)
        .fill('')
        .map(() => newId('vol')),
      { a: '' },
    ),
  ).rejects.toMatchObject(INVALID);
});

test('volumes and snapshots are filtered by their tags', async () => {
  const [first, second] = [await site.volume(), await site.volume()];
  const snapshotId = await site.snapshot(first);
  await put([first, snapshotId], { Name: 'web', stage: 'test' });
  await put([second], { Name: 'db' });
  await put([await site.volume({ size: 1 }, BOB)], { Name: 'web' }, BOB);
  const filterSet = (name: string, ...values: string[]) => ({
    filterSet: { item: [{ name, valueSet: { item: values.map((value) => ({ value })) } }] },
  });
  const volumes = async (name: string, ...values: string[]) =>
    (await site.call(describeVolumes, filterSet(name, ...values))).volumeSet.item.map(
      ({ volumeId }) => volumeId,
    );
  expect(await volumes('tag:Name', 'web')).toEqual([first]);
  expect((await volumes('tag:Name', 'web', 'db')).sort()).toEqual([first, second].sort());
  expect(await volumes('tag:name', 'web')).toEqual([]);
  expect(await volumes('tag-key', 'stage')).toEqual([first]);
  const { snapshotSet } = await site.call(describeSnapshots, filterSet('tag:stage', 'test'));
  expect(snapshotSet.item).toMatchObject([{ snapshotId }]);
});

test('a request names no more tags than a volume can have, and at least one to give', async () => {
  const volumeId = await site.volume();
  await put([volumeId], numbered(50));
  await expect(take([volumeId], numbered(51))).rejects.toMatchObject(FULL);
  await expect(put([volumeId], {})).rejects.toMatchObject({ code: 'MissingParameter' });
  await take([volumeId], numbered(50));
  expect(await tagsOf(volumeId)).toBeUndefined();
});
