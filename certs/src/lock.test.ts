import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, it } from 'vitest';
import { withLock } from './lock.js';
import { temporaryFolder } from './testing/tools.js';

const { pid: deadPid } = spawnSync('true');

function lockOfTheDead(id: string, host = hostname()): string {
  return JSON.stringify({ pid: deadPid, host, id });
}

let folder: string;
let file: string;

beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder, 'lock');
});

/** Adds one with a pause between reading and writing: updates get lost where two do it at once. */
async function increment(counter: { value: number }): Promise<void> {
  const { value } = counter;
  await sleep(5);
  counter.value = value + 1;
}

it('lets one in at a time', async () => {
  const counter = { value: 0 };
  await Promise.all(Array.from({ length: 10 }, () => withLock(file, () => increment(counter))));
  expect(counter.value).toBe(10);
  expect(readdirSync(folder)).toEqual([]);
});

it('gives the result, and is free after a failure', async () => {
  await expect(withLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await withLock(file, async () => existsSync(file))).toBe(true);
  expect(existsSync(file)).toBe(false);
});

it('says who holds it if it is not free in time', async () => {
  await withLock(file, async () => {
    await expect(withLock(file, async () => {}, 50)).rejects.toThrow(
      `locked by process ${process.pid} on ${hostname()}`,
    );
  });
});

it('takes over from a process that died, one at a time', async () => {
  for (let round = 0; round < 20; round += 1) {
    writeFileSync(file, lockOfTheDead(`${round}`));
    const counter = { value: 0 };
    await Promise.all(Array.from({ length: 5 }, () => withLock(file, () => increment(counter))));
    expect(counter.value).toBe(5);
  }
  expect(readdirSync(folder)).toEqual([]);
});

it('does not take over what another has taken over meanwhile', async () => {
  const living = (id: string) => JSON.stringify({ pid: process.pid, host: hostname(), id });
  writeFileSync(file, lockOfTheDead('aa'));
  writeFileSync(`${file}.aa`, living('bb'));
  let isIn = false;
  const late = withLock(file, async () => {
    isIn = true;
  });
  await sleep(100);
  writeFileSync(file, living('cc'));
  rmSync(`${file}.aa`);
  await sleep(100);
  expect([isIn, readFileSync(file, 'utf8')]).toEqual([false, living('cc')]);
  rmSync(file);
  await late;
  expect(isIn).toBe(true);
});

it('takes over also if the one that took over died', async () => {
  writeFileSync(file, lockOfTheDead('aa'));
  writeFileSync(`${file}.aa`, lockOfTheDead('bb'));
  expect(await withLock(file, async () => 'in')).toBe('in');
  expect(readdirSync(folder)).toEqual([]);
});

it.each([
  ['of another host', lockOfTheDead('aa', 'elsewhere')],
  ['that it cannot read', 'x'],
  ['whose id is a path', lockOfTheDead('/../x')],
])('leaves a lock alone %s', async (_, content) => {
  writeFileSync(file, content);
  await expect(withLock(file, async () => {}, 50)).rejects.toThrow(`remove ${file}`);
  expect(readFileSync(file, 'utf8')).toBe(content);
});
