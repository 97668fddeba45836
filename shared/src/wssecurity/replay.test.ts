import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { MemoryReplayCache } from './replay.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const inSeconds = (count: number) => new Date(Date.now() + count * 1000);

it('lets a message be claimed once', async () => {
  const cache = new MemoryReplayCache();
  expect(await cache.claim('a', inSeconds(10))).toBe(true);
  expect(await cache.claim('a', inSeconds(10))).toBe(false);
  expect(await cache.claim('b', inSeconds(10))).toBe(true);
});

it('lets one of many claims at once win', async () => {
  const cache = new MemoryReplayCache();
  const claims = Array.from({ length: 10 }, () => cache.claim('a', inSeconds(10)));
  expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1);
});

it('remembers until the Timestamp refuses the message, and no longer', async () => {
  const cache = new MemoryReplayCache();
  await cache.claim('a', inSeconds(10));
  vi.advanceTimersByTime(10_000);
  expect(await cache.claim('a', inSeconds(10))).toBe(false);
  vi.advanceTimersByTime(1);
  expect(await cache.claim('a', inSeconds(10))).toBe(true);
});

it('remembers what ends later than what came before it', async () => {
  const cache = new MemoryReplayCache();
  await cache.claim('long', inSeconds(100));
  await cache.claim('short', inSeconds(1));
  vi.advanceTimersByTime(50_000);
  expect(await cache.claim('long', inSeconds(100))).toBe(false);
});

it('remembers what a clock that jumps ahead, and back, lets in again', async () => {
  const cache = new MemoryReplayCache();
  const end = inSeconds(60);
  await cache.claim('a', end);
  vi.setSystemTime(inSeconds(3600));
  await cache.claim('b', inSeconds(60));
  vi.setSystemTime(inSeconds(-3600));
  expect(await cache.claim('a', end)).toBe(false);
});

it('knows nothing of what was before it', () => {
  expect(new MemoryReplayCache().knowsSince).toEqual(new Date());
});

it('claims nothing more when it is full, rather than forget', async () => {
  const cache = new MemoryReplayCache();
  for (let index = 0; index < 200_000; index += 1) await cache.claim(`${index}`, inSeconds(10));
  await expect(cache.claim('one more', inSeconds(10))).rejects.toThrow('try again later');
  expect(await cache.claim('0', inSeconds(10))).toBe(false);
  vi.advanceTimersByTime(10_001);
  expect(await cache.claim('one more', inSeconds(10))).toBe(true);
});
