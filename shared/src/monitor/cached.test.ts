import { expect, it } from 'vitest';
import { cached } from './cached.js';

it('asks once for all who wait, and for a while after', async () => {
  let asked = 0;
  const read = cached(async () => ++asked, 60_000);
  expect(await Promise.all([read(), read()])).toEqual([1, 1]);
  expect(await read()).toBe(1);
});

it('asks again when that is over', async () => {
  let asked = 0;
  const read = cached(async () => ++asked, 0);
  expect(await read()).toBe(1);
  expect(await read()).toBe(2);
});

it('keeps a failure for as long', async () => {
  let asked = 0;
  const read = cached(async () => {
    asked += 1;
    throw new Error(`failure ${asked}`);
  }, 60_000);
  await expect(read()).rejects.toThrow('failure 1');
  await expect(read()).rejects.toThrow('failure 1');
});
