import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSite, type Site } from '../testing/site.js';
import { leaveLease, takeLease } from './leases.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const take = (holder: string, seconds = 300) =>
  takeLease(site.database, 'reconciler', holder, seconds);

test('one has it until its end, and may renew it', async () => {
  expect(await take('one')).toBe(true);
  expect(await take('two')).toBe(false);
  expect(await take('one')).toBe(true);
  expect(await takeLease(site.database, 'other', 'two', 3600)).toBe(true);
});

test('after its end another gets it, and the first does not', async () => {
  expect(await take('one', 0)).toBe(true);
  // A millisecond of the database's clock.
  await delay(5);
  expect(await take('two')).toBe(true);
  expect(await take('one')).toBe(false);
});

test('of many that try at once, one gets it', async () => {
  const holders = Array.from({ length: 8 }, (_each, index) => `instance ${index}`);
  expect((await Promise.all(holders.map((each) => take(each)))).filter(Boolean)).toHaveLength(1);
});

test('who gives it back gives back only its own', async () => {
  await take('one');
  await leaveLease(site.database, 'reconciler', 'two');
  expect(await take('two')).toBe(false);
  await leaveLease(site.database, 'reconciler', 'one');
  expect(await take('two')).toBe(true);
});

test('its end is so many seconds after the database’s now', async () => {
  const before = Date.now();
  await take('one', 30);
  const { until } = await site.database('leases').first();
  expect(until).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(Date.parse(until)).toBeGreaterThanOrEqual(before + 30_000);
  expect(Date.parse(until)).toBeLessThanOrEqual(Date.now() + 30_000);
});

test('one that ends later than any can is over: the clock was put back', async () => {
  await take('one', 3600);
  expect(await takeLease(site.database, 'reconciler', 'two', 15)).toBe(true);
  expect(await takeLease(site.database, 'reconciler', 'one', 15)).toBe(false);
});
