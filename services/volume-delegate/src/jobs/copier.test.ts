import { randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runIn } from '../runIn.js';
import { Copier } from './copier.js';
import { Pace } from './pace.js';
import { COMMAND_TIMEOUT_MS, MIB, makeFolders } from './testing/delegate.js';
import { VolumeFiles } from './volumeFiles.js';

/** No whole number of blocks, or even of sectors. */
const ODD_BYTES = MIB + 1234;

let folders: Awaited<ReturnType<typeof makeFolders>>;

beforeEach(async () => {
  folders = await makeFolders();
});
afterEach(() => folders.remove());

const pathOf = (name: string) => join(folders.directory, name);

test.each([
  ['qemu-img', undefined, ODD_BYTES],
  ['qemu-img', 64, ODD_BYTES],
  ['qemu-img', undefined, 1234],
  ['qemu-img', undefined, MIB],
  [undefined, undefined, ODD_BYTES],
])('with %s, at %s MiB a second, %i bytes are copied', async (program, pace, sourceSize) => {
  const { directory } = folders;
  const files = new VolumeFiles(directory, COMMAND_TIMEOUT_MS, new Pace(pace));
  const run: string[] = [];
  const here = runIn(directory, COMMAND_TIMEOUT_MS);
  const noting: typeof here = (name, ...more) => {
    run.push(name);
    return here(name, ...more);
  };
  const copier = new Copier(files, noting, new Pace(pace), program);
  const data = randomBytes(sourceSize);
  await writeFile(pathOf('source'), data);
  for (const [isReserved, sizeBytes] of [
    [false, sourceSize],
    [true, 2 * MIB],
  ] as const) {
    await writeFile(pathOf('part'), '');
    const { signal } = new AbortController();
    const copy = { source: 'source', sourceSize, part: 'part', sizeBytes, isReserved, signal };
    expect(await copier.copy(copy)).toBe(true);
    const expected = Buffer.concat([data, Buffer.alloc(sizeBytes - sourceSize)]);
    expect((await readFile(pathOf('part'))).equals(expected)).toBe(true);
    const space = (await stat(pathOf('part'))).blocks * 512;
    if (isReserved) expect(space).toBeGreaterThanOrEqual(sizeBytes);
  }
  expect(new Set(run)).toEqual(new Set([program ?? 'cp']));
});
