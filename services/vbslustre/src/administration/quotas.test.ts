import type { vbslustreAdmin } from '@vbs-lustre/wsdl';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createVolume } from '../operations/createVolume.js';
import { describeLimits } from '../operations/describeLimits.js';
import { ADMIN, ALICE, BOB, openSite, type Site } from '../testing/site.js';
import { describeQuotas } from './describeQuotas.js';
import { modifyQuotas } from './modifyQuotas.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
  Object.assign(site.frontEnd, { quotas: { volumes: 2, gib: 10 } });
});
afterEach(() => site.close());

type Item = vbslustreAdmin.QuotaChange;

const modify = (item: Item[], other: { userId?: string; dryRun?: boolean } = {}) =>
  site.call(modifyQuotas, { userId: ALICE, quotaSet: { item }, ...other }, ADMIN);
const quotas = async (userId = ALICE) =>
  (await site.call(describeQuotas, { userId }, ADMIN)).quotaSet.item;
const limits = async (userId = ALICE) =>
  (await site.call(describeLimits, {}, userId)).limitSet.item.map(({ limit }) => limit);
const create = (userId = ALICE) => site.call(createVolume, { size: 1 }, userId);
const FULL = { code: 'VolumeLimitExceeded' };

test('a user may have less than others, or more, and sees it', async () => {
  const { quotaSet } = await modify([{ name: 'volumes', limit: 1 }]);
  expect(quotaSet.item).toEqual([
    { name: 'volumes', used: 0, limit: 1, own: true },
    { name: 'snapshots', used: 0, own: false },
    { name: 'gib', used: 0, limit: 10, own: false },
    { name: 'attachments', used: 0, own: false },
    { name: 'exports', used: 0, own: false },
  ]);
  expect(await limits()).toEqual([1, undefined, 10, undefined, undefined]);
  await create();
  await expect(create()).rejects.toMatchObject(FULL);
  await create(BOB);
  await create(BOB);
  await modify([{ name: 'volumes', limit: 3 }]);
  await create();
  await create();
  await expect(create()).rejects.toThrow('You have 3 of 3 volumes that you may have');
  expect(await limits(BOB)).toEqual([2, undefined, 10, undefined, undefined]);
});

test('0 is any number, and without a limit the settings count again', async () => {
  await modify([{ name: 'volumes', limit: 0 }]);
  expect((await quotas())[0]).toEqual({ name: 'volumes', used: 0, own: true });
  for (let made = 0; made < 3; made++) await create();
  await modify([{ name: 'volumes' }]);
  expect((await quotas())[0]).toEqual({ name: 'volumes', used: 3, limit: 2, own: false });
  await expect(create()).rejects.toThrow('You have 3 of 2 volumes that you may have');
  expect(await site.database('user_quotas')).toEqual([]);
});

test('what is not named stays', async () => {
  await modify([{ name: 'volumes', limit: 7 }]);
  await modify([{ name: 'attachments', limit: 8 }]);
  await modify([{ name: 'gib' }]);
  expect(await limits()).toEqual([7, undefined, 10, 8, undefined]);
});

test('where the settings know no limits, one user can have some', async () => {
  Object.assign(site.frontEnd, { quotas: {} });
  await modify([{ name: 'volumes', limit: 3 }]);
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => create()));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
});

test('a change among creates counts from one of them on', async () => {
  Object.assign(site.frontEnd, { quotas: {} });
  const creates = Array.from({ length: 4 }, () => create());
  const change = modify([{ name: 'volumes', limit: 1 }]);
  const later = Array.from({ length: 4 }, () => create());
  const outcomes = await Promise.allSettled([...creates, ...later]);
  await change;
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(FULL);
  }
  // Nobody gets past it once it was answered.
  await expect(create()).rejects.toMatchObject(FULL);
});

test('a dry run changes nothing', async () => {
  await expect(modify([{ name: 'volumes', limit: 1 }], { dryRun: true })).rejects.toMatchObject({
    code: 'DryRunOperation',
  });
  expect(await limits()).toEqual([2, undefined, 10, undefined, undefined]);
});

test.each([
  ['nothing', [], 'MissingParameter'],
  ['less than nothing', [{ name: 'gib', limit: -1 }], 'InvalidParameterValue'],
  ['more than there can be', [{ name: 'gib', limit: 1e12 }], 'InvalidParameterValue'],
  [
    'two limits of one',
    [
      { name: 'gib', limit: 1 },
      { name: 'gib', limit: 2 },
    ],
    'InvalidParameterValue',
  ],
] as [string, Item[], string][])('%s is refused', async (_, item, code) => {
  await expect(modify(item)).rejects.toMatchObject({ code });
  expect(await limits()).toEqual([2, undefined, 10, undefined, undefined]);
});

test('who is no subject name has no quotas', async () => {
  const code = 'InvalidParameterValue';
  await expect(quotas('alice')).rejects.toMatchObject({ code });
  await expect(modify([{ name: 'gib', limit: 1 }], { userId: 'CN=*,O=Lab' })).rejects.toMatchObject(
    { code },
  );
});
