import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeXenstored } from './testing/fakeXenstored.js';
import { lookAtStore } from './xenstore.js';

const LONG_MS = 30_000;

let folder: string;
let store: FakeXenstored;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'xenstore-'));
  store = new FakeXenstored();
  await store.listen(join(folder, 'socket'));
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

function write(text: string): void {
  for (const path of ['/one', '/other']) store.nodes.set(path, text);
}

/** @param between runs when the first of two nodes is read */
function lookAtBoth(between: () => void, limitMs = LONG_MS) {
  return lookAtStore(join(folder, 'socket'), Date.now() + limitMs, async ({ read }) => {
    const one = await read('/one');
    between();
    return [one, await read('/other')];
  });
}

test('what changes during a look is looked at again, so that all is of one moment', async () => {
  write('before');
  const changes = ['then', 'after'];
  const seen = await lookAtBoth(() => {
    const next = changes.shift();
    if (next) write(next);
  });
  expect(seen).toEqual(['after', 'after']);
  expect(store.transactions).toBe(3);
});

test('what changes all the time is not looked at for ever', async () => {
  write('before');
  let n = 0;
  await expect(lookAtBoth(() => write(`${n++}`), 500)).rejects.toThrow('in time');
});

test('a node that is not there is no failure', async () => {
  expect(await lookAtBoth(() => {})).toEqual([undefined, undefined]);
  expect(store.transactions).toBe(1);
});
