import { readdirSync, readFileSync } from 'node:fs';
import { open, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { COMMAND_TIMEOUT_MS, makeFolders } from './testing/delegate.js';
import { VolumeFiles } from './volumeFiles.js';

let folders: Awaited<ReturnType<typeof makeFolders>>;
let files: VolumeFiles;

beforeEach(async () => {
  folders = await makeFolders();
  files = new VolumeFiles(folders.directory, COMMAND_TIMEOUT_MS);
});
afterEach(() => folders.remove());

const pathOf = (name: string) => join(folders.directory, name);
const unasked = new AbortController().signal;

test('zeroes are written from a byte to a byte, and nowhere else', async () => {
  await writeFile(pathOf('part'), Buffer.alloc(1001, 1));
  await files.dd.fillWithZeroes('part', 1000, 10_001, unasked);
  const data = await readFile(pathOf('part'));
  expect(data.equals(Buffer.concat([Buffer.alloc(1000, 1), Buffer.alloc(9001)]))).toBe(true);
});

test('a dd that is stopped and goes on, again and again, leaves out nothing', async () => {
  const sizeBytes = 512 * 1024 ** 2;
  await writeFile(pathOf('filled'), '');
  await stoppedAtTimes(files.dd.fillWithZeroes('filled', 0, sizeBytes, unasked));
  await writeFile(pathOf('appended'), '1');
  await stoppedAtTimes(files.dd.appendZeroes('appended', 1, sizeBytes, unasked));
  expect((await stat(pathOf('filled'))).size).toBe(sizeBytes);
  expect((await stat(pathOf('appended'))).size).toBe(sizeBytes);
});

test('the time limit of the largest volumes is one that a timer can wait', async () => {
  const sizeBytes = 10 * 1024 ** 4;
  const file = await open(pathOf('part'), 'w');
  await file.close();
  await files.dd.fillWithZeroes('part', sizeBytes - 1, sizeBytes, unasked);
  expect((await stat(pathOf('part'))).size).toBe(sizeBytes);
});

test('all of a file is copied, its holes too, into the file that is there', async () => {
  await writeFile(pathOf('source'), 'data');
  await truncate(pathOf('source'), 100_000);
  await writeFile(pathOf('part'), '');
  const before = await stat(pathOf('part'));
  await files.dd.copy('source', 'part', 0, 100_000, unasked);
  expect((await readFile(pathOf('part'))).equals(await readFile(pathOf('source')))).toBe(true);
  const { ino, blocks } = await stat(pathOf('part'));
  expect(ino).toBe(before.ino);
  expect(blocks * 512).toBeGreaterThanOrEqual(100_000);
});

test('an abort kills the command', async () => {
  const aborted = AbortSignal.abort();
  await writeFile(pathOf('part'), '');
  await expect(files.dd.fillWithZeroes('part', 0, 1024 ** 3, aborted)).rejects.toThrow();
  expect((await stat(pathOf('part'))).size).toBeLessThan(1024 ** 3);
});

test('the size of a file; of none; of what is no file', async () => {
  await writeFile(pathOf('file'), '12345');
  await symlink('file', pathOf('link'));
  expect(await files.sizeOf('file')).toBe(5);
  expect(await files.sizeOf('nothing')).toBeUndefined();
  await expect(files.sizeOf('link')).rejects.toThrow('link is not a file');
});

test('a snapshot can only be read, and what is made from it can be written', async () => {
  const modeOf = async (name: string) => (await stat(pathOf(name))).mode & 0o777;
  await writeFile(pathOf('part'), 'data', { mode: 0o600 });
  await files.publish('part', 'snap-1');
  expect(await modeOf('snap-1')).toBe(0o440);
  await writeFile(pathOf('part'), '', { mode: 0o600 });
  await files.dd.copy('snap-1', 'part', 0, 4, unasked);
  expect(await modeOf('part')).toBe(0o600);
  await files.publish('part', 'vol-1');
  expect(await modeOf('vol-1')).toBe(0o660);
});

test('a name is given once, and never through a link', async () => {
  await writeFile(pathOf('part'), 'new');
  await writeFile(pathOf('vol-1'), 'old');
  await expect(files.publish('part', 'vol-1')).rejects.toThrow('File exists');
  await symlink(folders.state, pathOf('vol-2'));
  await expect(files.publish('part', 'vol-2')).rejects.toThrow('File exists');
  expect(await readFile(pathOf('vol-1'), 'utf8')).toBe('old');
  await files.publish('part', 'vol-3');
  expect(await readFile(pathOf('vol-3'), 'utf8')).toBe('new');
  expect(await files.sizeOf('part')).toBeUndefined();
});

/** Stops the programs that this process has started, and lets them go on, until the work is done. */
async function stoppedAtTimes(work: Promise<void>): Promise<void> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    for (const pid of children()) {
      for (const signal of ['SIGSTOP', 'SIGCONT'] as const) {
        try {
          process.kill(pid, signal);
        } catch {
          // It has ended.
        }
      }
    }
    await setImmediate();
  }
  await done;
}

function children(): number[] {
  const listOf = (task: string) => {
    try {
      return readFileSync(`/proc/self/task/${task}/children`, 'utf8');
    } catch {
      // That thread has ended.
      return '';
    }
  };
  return readdirSync('/proc/self/task')
    .flatMap((task) => listOf(task).split(' ').map(Number))
    .filter((pid) => pid > 0);
}
