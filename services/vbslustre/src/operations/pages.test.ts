import type { vbslustre } from '@vbs-lustre/wsdl';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { manyVolumes } from '../testing/manyVolumes.js';
import { ALICE, BOB, openSite, type Site } from '../testing/site.js';
import { describeSnapshots } from './describeSnapshots.js';
import { describeVolumes } from './describeVolumes.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const INVALID = { code: 'InvalidParameterValue' };
const BAD_TOKEN = { code: 'InvalidNextToken' };

const describe = async (request: vbslustre.DescribeVolumes, userId = ALICE) => {
  const { volumeSet, nextToken } = await site.call(describeVolumes, request, userId);
  return { ids: volumeSet.item.map(({ volumeId }) => volumeId), nextToken };
};

/** All pages of what is asked; `between` runs after each that is not the last. */
async function allPages(request: vbslustre.DescribeVolumes, between = async () => {}) {
  const pages: string[][] = [];
  let nextToken: string | undefined;
  do {
    if (nextToken) await between();
    const page = await describe({ ...request, nextToken });
    pages.push(page.ids);
    nextToken = page.nextToken;
  } while (nextToken);
  return pages;
}

test('10,000 volumes are listed in pages of at most 1,000, each once', async () => {
  const ids = await manyVolumes(site.database, 10_000);
  const pages = await allPages({});
  expect(pages.map((page) => page.length)).toEqual(Array(10).fill(1000));
  expect(pages.flat()).toEqual(ids);
  const named = ids.slice(0, 1000).map((volumeId) => ({ volumeId }));
  expect((await describe({ volumeSet: { item: named } })).ids).toEqual(ids.slice(0, 1000));
  const more = { item: [...named, { volumeId: ids[1000] as string }] };
  await expect(describe({ volumeSet: more })).rejects.toMatchObject(INVALID);
});

test('what is there all the while is met once, whatever comes and goes', async () => {
  const ids = await manyVolumes(site.database, 100);
  const gone: string[] = [];
  const pages = await allPages({ maxResults: 7 }, async () => {
    // One that was shown, and one that was not.
    for (const id of [ids[gone.length], ids[99 - gone.length]] as string[]) {
      gone.push(id);
      await site.database('volumes').where({ id }).delete();
    }
    await manyVolumes(site.database, 1);
  });
  const shown = pages.flat();
  expect(new Set(shown).size).toBe(shown.length);
  const stayed = ids.filter((id) => !gone.includes(id));
  expect(shown.filter((id) => stayed.includes(id))).toEqual(stayed);
});

test('the volume at the end of a page may be deleted', async () => {
  const ids = await manyVolumes(site.database, 3);
  const { nextToken } = await describe({ maxResults: 2 });
  await site.database('volumes').where({ id: ids[1] }).delete();
  expect(await describe({ nextToken })).toEqual({ ids: [ids[2]], nextToken: undefined });
});

test('named volumes come in pages too, and one that goes between them is no fault', async () => {
  const ids = await manyVolumes(site.database, 3);
  const request = { volumeSet: { item: ids.map((volumeId) => ({ volumeId })) }, maxResults: 2 };
  const { nextToken } = await describe(request);
  await site.database('volumes').where({ id: ids[0] }).delete();
  expect((await describe({ ...request, nextToken })).ids).toEqual([ids[2]]);
});

test('an answer has a volume less rather than too many attachments', async () => {
  const [first = '', second = '', third = ''] = await manyVolumes(site.database, 3);
  const attachments = (volume_id: string, count: number) =>
    Array.from({ length: count }, (_, at) => ({
      ...{ order_id: `${volume_id.slice(0, 20)}${at}`, volume_id, instance_id: `vm${at}` },
      ...{ vmm: volume_id, device: 'xvdb', mode: 'r', status: 'attached' },
      ...{ attach_time: 'now', changed_at: 'now' },
    }));
  for (const [id, readers] of [
    [first, 1500],
    [second, 500],
    [third, 10],
  ] as const) {
    await site.database('volumes').where({ id }).update({ readers });
    await site.database.batchInsert('attachments', attachments(id, readers), 500);
  }
  expect(await allPages({})).toEqual([[first], [second, third]]);
});

test('maxResults is 1 to 1,000', async () => {
  for (const maxResults of [0, -1, 1001]) {
    await expect(describe({ maxResults })).rejects.toMatchObject(INVALID);
  }
});

test('a nextToken is good for the question it answers alone', async () => {
  await manyVolumes(site.database, 3);
  const { nextToken = '' } = await describe({ maxResults: 1 });
  const status = { name: 'status', valueSet: { item: [{ value: 'available' }] } };
  const item = [{ volumeId: (await describe({})).ids[0] as string }];
  for (const other of [{ filterSet: { item: [status] } }, { volumeSet: { item } }]) {
    await expect(describe({ ...other, nextToken })).rejects.toMatchObject(BAD_TOKEN);
  }
  await expect(describe({ nextToken }, BOB)).rejects.toMatchObject(BAD_TOKEN);
  const ofSnapshots = site.call(describeSnapshots, { nextToken });
  await expect(ofSnapshots).rejects.toMatchObject(BAD_TOKEN);
  for (const bad of ['x', nextToken.slice(1), nextToken.slice(0, -3), '…', '\0']) {
    await expect(describe({ nextToken: bad })).rejects.toMatchObject(BAD_TOKEN);
  }
  // The size of pages may change.
  expect((await describe({ nextToken, maxResults: 5 })).ids).toHaveLength(2);
});

test('snapshots come in pages, oldest first', async () => {
  const volumeId = await site.volume();
  const ids = [await site.snapshot(volumeId), await site.snapshot(volumeId)];
  const first = await site.call(describeSnapshots, { maxResults: 1 });
  const second = await site.call(describeSnapshots, { nextToken: first.nextToken });
  const shown = [...first.snapshotSet.item, ...second.snapshotSet.item];
  expect(shown.map(({ snapshotId }) => snapshotId).sort()).toEqual(ids.sort());
  expect(second.nextToken).toBeUndefined();
});
