import { afterEach, beforeEach, expect, test } from 'vitest';
import { createVolume } from '../operations/createVolume.js';
import { ADMIN, ALICE, BOB, openSite, type Site } from '../testing/site.js';
import { describeUsers } from './describeUsers.js';
import { modifyQuotas } from './modifyQuotas.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const users = async (request = {}) => site.call(describeUsers, request, ADMIN);

test('an administrator sees who has what', async () => {
  expect((await users()).userSet.item).toEqual([]);
  const volumeId = await site.volume({ sizeMiB: 1536 });
  await site.snapshot(volumeId);
  await site.attach(volumeId);
  await site.volume({ size: 1 }, BOB);
  const quotaSet = { item: [{ name: 'volumes' as const, limit: 5 }] };
  await site.call(modifyQuotas, { userId: 'CN=carol', quotaSet }, ADMIN);
  const { userSet } = await users();
  expect(userSet.item).toEqual([
    {
      ...{ userId: ALICE, volumes: 1, snapshots: 1, gib: 3, attachments: 1, exports: 0 },
      lastSeenTime: expect.any(Date),
    },
    {
      ...{ userId: BOB, volumes: 1, snapshots: 0, gib: 1, attachments: 0, exports: 0 },
      lastSeenTime: expect.any(Date),
    },
    { userId: 'CN=carol', volumes: 0, snapshots: 0, gib: 0, attachments: 0, exports: 0 },
  ]);
  expect((await users({ userId: BOB })).userSet.item).toEqual([userSet.item[1]]);
  expect((await users({ userId: 'CN=nobody' })).userSet.item).toEqual([]);
});

test('who has only asked lately is seen, too', async () => {
  await site.call(createVolume, { size: 1, clientToken: 't' });
  const [user] = (await users()).userSet.item;
  expect(user).toMatchObject({ userId: ALICE, volumes: 1 });
  expect(Date.now() - Number(user?.lastSeenTime)).toBeLessThan(3_600_000);
});

test('users come page by page, each once', async () => {
  const names = ['CN=a', 'CN=b', 'CN=c', 'CN=d', 'CN=e'];
  for (const name of names) await site.volume({ size: 1 }, name);
  const seen: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await users({ maxResults: 2, nextToken });
    seen.push(...page.userSet.item.map(({ userId }) => userId));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  expect(seen).toEqual(names);
  await expect(users({ nextToken: 'none' })).rejects.toMatchObject({ code: 'InvalidNextToken' });
  await expect(users({ maxResults: 0 })).rejects.toMatchObject({ code: 'InvalidParameterValue' });
});
