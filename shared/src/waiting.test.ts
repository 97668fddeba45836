import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { repeat, within } from './waiting.js';

test('work that ends in time is worth what it says, or what it throws', async () => {
  expect(await within(60_000, Promise.resolve(1))).toBe(1);
  await expect(within(60_000, Promise.reject(new Error('no')))).rejects.toThrow('no');
});

test('work that does not end in time is not waited for', async () => {
  expect(await within(10, new Promise(() => {}))).toBeUndefined();
});

test('rounds go on until they are told to stop, also in a pause', async () => {
  const stopping = new AbortController();
  let rounds = 0;
  const round = async (): Promise<void> => {
    rounds += 1;
    await delay(1);
  };
  const pauseMs = (): number => (rounds < 3 ? 1 : 60_000);
  const running = repeat(round, pauseMs, stopping.signal);
  while (rounds < 3) await delay(1);
  stopping.abort();
  await running;
  expect(rounds).toBe(3);
});
