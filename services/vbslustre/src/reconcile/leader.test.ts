import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSite, type Site } from '../testing/site.js';
import { Leader } from './leader.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

test('one instance leads; another takes over when it resigns', async () => {
  const [one, two] = [new Leader(site.database, 'one'), new Leader(site.database, 'two')];
  expect(one.leads).toBe(false);
  await Promise.all([one.renew(), two.renew()]);
  expect([one.leads, two.leads].sort()).toEqual([false, true]);
  const [first, second] = one.leads ? [one, two] : [two, one];
  await second.renew();
  await second.resign();
  await first.renew();
  expect([first.leads, second.leads]).toEqual([true, false]);
  await first.resign();
  await second.renew();
  expect([first.leads, second.leads]).toEqual([false, true]);
});

test('one that cannot renew leads no longer than its lease, and another takes over', async () => {
  const [one, two] = [new Leader(site.database, 'one', 1), new Leader(site.database, 'two')];
  await one.renew();
  while (!two.leads) {
    // However long this loop is held up: never both.
    await two.renew();
    expect(one.leads && two.leads).toBe(false);
    await delay(10);
  }
  await one.renew();
  expect([one.leads, two.leads]).toEqual([false, true]);
});

test('without the database it leads until the end of its lease', async () => {
  const leader = new Leader(site.database, 'one');
  await leader.renew();
  await site.database.schema.renameTable('leases', 'hidden');
  await expect(leader.renew()).rejects.toThrow();
  expect(leader.leads).toBe(true);
  await site.database.schema.renameTable('hidden', 'leases');
});
