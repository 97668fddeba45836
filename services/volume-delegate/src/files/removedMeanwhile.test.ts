import { existsSync } from 'node:fs';
import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DirectoryFiles } from './directoryFiles.js';

const HELD_CALLS = new URL('testing/heldCalls.mjs', import.meta.url);

let directory: string;
let held: string;
let files: DirectoryFiles;

/** Helpers are started with it. */
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'removed-'));
  held = join(directory, 'held');
  process.env.NODE_OPTIONS = `--import ${HELD_CALLS}`;
  process.env.VBS_HELD = held;
  files = new DirectoryFiles(directory, 60_000);
});
afterEach(async () => {
  delete process.env.NODE_OPTIONS;
  delete process.env.VBS_HELD;
  await rm(directory, { recursive: true });
});

test('a file that is removed meanwhile does not get its space, nor one of that name', async () => {
  await files.create('part');
  await writeFile(held, '');
  const outcome = files.fallocate('part', 4096, {}).catch((error) => error);
  await expect.poll(() => existsSync(`${held}.waits`), { timeout: 60_000 }).toBe(true);
  await unlink(join(directory, 'part'));
  await files.create('part');
  await unlink(held);
  expect(await outcome).toMatchObject({ message: 'fallocate: part: No such file or directory' });
  expect(await files.look('part')).toMatchObject({ sizeBytes: 0 });
});
