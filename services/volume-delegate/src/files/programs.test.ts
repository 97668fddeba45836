import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DirectoryFiles } from './directoryFiles.js';

const { PATH } = process.env;

let directory: string;
let files: DirectoryFiles;
const pathOf = (name: string) => join(directory, name);

/** Another fallocate, which says who it is, and then does this. Helpers are started with it. */
async function fallocateThat(does: string): Promise<void> {
  const script = pathOf('bin/fallocate');
  const tellsItsId = 'echo $$ > pid.new\nmv pid.new pid';
  await writeFile(script, `#!/bin/sh\ncd ${directory}\n${tellsItsId}\n${does}\n`);
  await chmod(script, 0o755);
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'allocate-'));
  await mkdir(pathOf('bin'));
  process.env.PATH = `${pathOf('bin')}:${PATH}`;
  files = new DirectoryFiles(directory, 60_000);
});
afterEach(async () => {
  process.env.PATH = PATH;
  await rm(directory, { recursive: true });
});

const pidOf = () => expect.poll(() => readFile(pathOf('pid'), 'utf8').catch(() => ''));

test('whoever gives up ends the program', async () => {
  await fallocateThat('exec sleep 600');
  await files.create('part');
  const cancel = new AbortController();
  const allocated = files.allocate('part', 4096, { signal: cancel.signal });
  const outcome = allocated.catch((error) => error);
  await pidOf().not.toBe('');
  cancel.abort();
  expect(await outcome).toMatchObject({ signal: 'SIGKILL' });
  const pid = Number(await readFile(pathOf('pid'), 'utf8'));
  await expect.poll(() => isAlive(pid)).toBe(false);
});

test('a file that is removed meanwhile is not there, whatever was made anew', async () => {
  await fallocateThat('while [ -e part ]; do sleep 0.1; done\nexec /usr/bin/fallocate "$@"');
  await files.create('part');
  const allocated = files.allocate('part', 4096, {});
  const outcome = allocated.catch((error) => error);
  await pidOf().not.toBe('');
  await unlink(pathOf('part'));
  expect(await outcome).toMatchObject({ message: 'fallocate: No such file or directory' });
});

/** One that has ended, and is not yet reaped, is not. */
function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
