import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@vbs-lustre/shared/process/run';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isDirectLoop } from './loopDevice.js';

const LIMITS = { timeoutMs: 60_000 };
let folder: string;
beforeAll(async () => {
  // On a disk: memory file systems have no direct I/O.
  folder = await mkdtemp(join(tmpdir(), 'loop-'));
  await writeFile(join(folder, 'image'), Buffer.alloc(1024 * 1024));
});
afterAll(() => rm(folder, { recursive: true }));

/** Makes a real loop device, and gives it to `look` under the name that Xen has for it. */
async function withLoop<T>(option: string, look: (device: string) => Promise<T>): Promise<T> {
  const made = await run('losetup', ['--find', '--show', option, join(folder, 'image')], LIMITS);
  const path = made.stdout.trim();
  try {
    const { rdev } = await stat(path);
    // Linux's encoding of a device number, for minors below 256.
    return await look(`${(rdev >> 8).toString(16)}:${(rdev & 0xff).toString(16)}`);
  } finally {
    await run('losetup', ['--detach', path], LIMITS);
  }
}

it('tells a loop device with direct I/O from a buffered one', async () => {
  expect(await withLoop('--direct-io=on', isDirectLoop)).toBe(true);
  expect(await withLoop('--direct-io=off', isDirectLoop)).toBe(false);
});

it('finds none where there is no loop device', async () => {
  expect(await isDirectLoop('1:3')).toBe(false);
  expect(await isDirectLoop('nothing')).toBe(false);
});
