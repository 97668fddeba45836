import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@vbs-lustre/shared/process/run';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loopOf, loopsOf } from './loopDevices.js';

const LIMITS = { timeoutMs: 60_000 };
let folder: string;
beforeAll(async () => {
  // On a disk: memory file systems have no direct I/O.
  folder = await mkdtemp(join(tmpdir(), 'loop-'));
  await writeFile(join(folder, 'image'), Buffer.alloc(1024 * 1024));
});
afterAll(() => rm(folder, { recursive: true }));

/** Makes a real loop device, and gives its numbers to `look`. */
async function withLoop<T>(option: string, look: (numbers: string) => Promise<T>): Promise<T> {
  const made = await run('losetup', ['--find', '--show', option, join(folder, 'image')], LIMITS);
  const path = made.stdout.trim();
  try {
    const { rdev } = await stat(path);
    // Linux's encoding of a device number, for minors below 256.
    return await look(`${rdev >> 8}:${rdev & 0xff}`);
  } finally {
    await run('losetup', ['--detach', path], LIMITS);
  }
}

const isDirect = async (numbers: string) => (await loopOf({ numbers }))?.isDirect;

it('tells a loop device with direct I/O from a buffered one', async () => {
  expect(await withLoop('--direct-io=on', isDirect)).toBe(true);
  expect(await withLoop('--direct-io=off', isDirect)).toBe(false);
});

it('finds the loop devices of a file, and one by its name', async () => {
  const file = join(folder, 'image');
  await withLoop('--read-only', async (numbers) => {
    const found = await loopOf({ numbers });
    const name = found?.name ?? '';
    expect(found).toEqual({ name, numbers, file, isDirect: false });
    expect(name).toMatch(/^loop\d+$/);
    expect(await loopOf({ name })).toEqual(found);
    expect(await loopsOf(file)).toEqual([found]);
  });
  expect(await loopsOf(file)).toEqual([]);
});

it('finds none where there is no loop device', async () => {
  for (const numbers of ['1:3', 'nothing']) expect(await loopOf({ numbers })).toBeUndefined();
  expect(await loopOf({ name: 'none' })).toBeUndefined();
});
