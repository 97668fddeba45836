import type { vbslustre } from '@vbs-lustre/wsdl';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ALICE, BOB, openSite, type Site } from '../testing/site.js';
import { createSnapshot } from './createSnapshot.js';
import { createTags } from './createTags.js';
import { describeSnapshots } from './describeSnapshots.js';
import { modifySnapshotAttribute } from './modifySnapshotAttribute.js';

const CAROL = 'CN=carol,O=Lab';

let site: Site;
/** Alice's: one for herself, one for bob, one for all. */
let own: string;
let named: string;
let open: string;
/** Bob's. */
let foreign: string;

beforeEach(async () => {
  site = await openSite();
  const volumeId = await site.volume();
  [own, named, open] = [
    ...[
      await site.snapshot(volumeId),
      await site.snapshot(volumeId),
      await site.snapshot(volumeId),
    ],
  ] as [string, string, string];
  const change = { operationType: 'add' as const };
  const item = [{ userId: BOB }];
  await site.call(modifySnapshotAttribute, { ...change, snapshotId: named, userIdSet: { item } });
  await site.call(modifySnapshotAttribute, { ...change, snapshotId: open, group: 'all' });
  const bobs = await site.volume({ size: 1 }, BOB);
  foreign = (await site.call(createSnapshot, { volumeId: bobs }, BOB)).snapshotId;
  await site.tell(foreign, 'available');
});
afterEach(() => site.close());

const describe = (request: vbslustre.DescribeSnapshots, userId: string) =>
  site.call(describeSnapshots, request, userId);
const ids = async (request: vbslustre.DescribeSnapshots, userId: string) =>
  (await describe(request, userId)).snapshotSet.item.map(({ snapshotId }) => snapshotId).sort();
const restorableBy = (...names: string[]) => ({
  restorableBySet: { item: names.map((user) => ({ user })) },
});
const ownedBy = (...names: string[]) => ({
  ownersSet: { item: names.map((owner) => ({ owner })) },
});
const byId = (...all: string[]) => ({
  snapshotSet: { item: all.map((snapshotId) => ({ snapshotId })) },
});

test('without a choice only one’s own are listed', async () => {
  expect(await ids({}, ALICE)).toEqual([own, named, open].sort());
  expect(await ids({}, BOB)).toEqual([foreign]);
  expect(await ids({ ...restorableBy(), ...ownedBy() }, BOB)).toEqual([foreign]);
  expect(await ids({}, CAROL)).toEqual([]);
});

test('with restorable by self come those that are shared with one or with all', async () => {
  expect(await ids(restorableBy('self'), ALICE)).toEqual([own, named, open].sort());
  expect(await ids(restorableBy('self'), BOB)).toEqual([foreign, named, open].sort());
  expect(await ids(restorableBy('self', 'all'), BOB)).toEqual([foreign, named, open].sort());
  expect(await ids(restorableBy('self'), CAROL)).toEqual([open]);
  expect(await ids(restorableBy('all'), BOB)).toEqual([open]);
});

test('they are chosen by their owner', async () => {
  expect(await ids(ownedBy('self'), BOB)).toEqual([foreign]);
  expect(await ids(ownedBy(ALICE), BOB)).toEqual([named, open].sort());
  expect(await ids(ownedBy(' cn=alice'), CAROL)).toEqual([open]);
  expect(await ids(ownedBy('self', ALICE), BOB)).toEqual([foreign, named, open].sort());
  expect(await ids({ ...ownedBy('self'), ...restorableBy('all') }, BOB)).toEqual([]);
  expect(await ids(ownedBy(CAROL), BOB)).toEqual([]);
});

test('those that are named are shown if they may be used', async () => {
  expect(await ids(byId(named, foreign), BOB)).toEqual([named, foreign].sort());
  expect(await ids({ ...byId(named, foreign), ...ownedBy(ALICE) }, BOB)).toEqual([named]);
  for (const [other, userId] of [
    [own, BOB],
    [foreign, ALICE],
    [named, CAROL],
  ] as const) {
    await expect(ids(byId(open, other), userId)).rejects.toMatchObject({
      ...{ code: 'InvalidSnapshot.NotFound', message: `${other} does not exist or is not yours.` },
    });
  }
});

test('tags of others are neither shown nor found', async () => {
  const tagSet = { item: [{ key: 'Name', value: 'web' }] };
  const tag = (ids: string[], userId: string) => {
    const resourcesSet = { item: ids.map((resourceId) => ({ resourceId })) };
    return site.call(createTags, { resourcesSet, tagSet }, userId);
  };
  await tag([named, open], ALICE);
  await tag([foreign], BOB);
  const all = await describe(restorableBy('self'), BOB);
  const shown = all.snapshotSet.item.map(({ snapshotId, ownerId, tagSet }) => [
    ...[snapshotId, ownerId, tagSet],
  ]);
  expect(shown).toEqual([
    ...[
      [named, ALICE, undefined],
      [open, ALICE, undefined],
      [foreign, BOB, tagSet],
    ],
  ]);
  for (const [name, value] of [
    ['tag:Name', 'web'],
    ['tag-key', 'Name'],
  ] as const) {
    const filterSet = { item: [{ name, valueSet: { item: [{ value }] } }] };
    expect(await ids({ ...restorableBy('self'), filterSet }, BOB)).toEqual([foreign]);
  }
});

test('other filters go for all of them', async () => {
  const filter = (name: string, value: string) => ({
    filterSet: { item: [{ name, valueSet: { item: [{ value }] } }] },
  });
  const request = { ...restorableBy('self'), ...filter('snapshot-id', named) };
  expect(await ids(request, BOB)).toEqual([named]);
  expect(await ids(request, CAROL)).toEqual([]);
  expect(await ids({ ...restorableBy('self'), ...filter('status', 'pending') }, BOB)).toEqual([]);
});

test('they come page by page, and a nextToken is for the same choice', async () => {
  const seen: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await describe({ ...restorableBy('self'), maxResults: 1, nextToken }, BOB);
    seen.push(...page.snapshotSet.item.map(({ snapshotId }) => snapshotId));
    ({ nextToken } = page);
  } while (nextToken !== undefined);
  expect(seen).toEqual([named, open, foreign]);
  const first = await describe({ ...restorableBy('self'), maxResults: 1 }, BOB);
  const other = describe({ maxResults: 1, nextToken: first.nextToken }, BOB);
  await expect(other).rejects.toMatchObject({ code: 'InvalidNextToken' });
});

test.each([
  restorableBy('bob'),
  restorableBy('self', CAROL),
  ownedBy('alice'),
  ownedBy(...Array.from({ length: 51 }, (_, at) => `CN=${at}`)),
])('a choice that is none is refused: %j', async (choice) => {
  await expect(ids(choice, BOB)).rejects.toMatchObject({ code: 'InvalidParameterValue' });
});
