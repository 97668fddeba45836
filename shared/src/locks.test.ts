import { expect, test } from 'vitest';
import { Locks } from './locks.js';

/** A piece of work that the test ends. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

test('work on one thing goes in the order in which it came', async () => {
  const locks = new Locks();
  const first = gate();
  const done: number[] = [];
  const one = locks.hold('a', async () => {
    await first.opened;
    done.push(1);
  });
  const two = locks.hold('a', async () => void done.push(2));
  await locks.hold('b', async () => void done.push(3));
  const three = locks.hold('a', async () => void done.push(4));
  expect(done).toEqual([3]);
  first.open();
  await Promise.all([one, two, three]);
  expect(done).toEqual([3, 1, 2, 4]);
});

test('work that fails is told to who began it, and lets the next one in', async () => {
  const locks = new Locks();
  const failing = locks.hold('a', () => Promise.reject(new Error('no')));
  const next = locks.hold('a', async () => 'done');
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('done');
});
