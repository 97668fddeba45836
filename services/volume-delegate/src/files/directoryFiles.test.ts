import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DirectoryFiles } from './directoryFiles.js';

let directory: string;
let files: DirectoryFiles;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'directory-files-'));
  files = new DirectoryFiles(directory, 60_000);
});
afterEach(() => rm(directory, { recursive: true }));

const pathOf = (name: string) => join(directory, name);

test('a file is made once, gets its mode, a size and a second name, and loses its first', async () => {
  await files.create('part');
  expect(await files.look('part')).toMatchObject({ isFile: true, sizeBytes: 0, mode: 0o600 });
  await files.truncate('part', 5000);
  await files.chmod('part', 0o4440);
  await files.chmod('part', 0o660, 0o777);
  await files.link('part', 'volume');
  await files.flush('volume');
  expect(await files.look('part')).toMatchObject({ mode: 0o4660, names: 2, sizeBytes: 5000 });
  await files.unlink('part');
  await files.unlink('part');
  await files.truncate('part', 1);
  await files.flush();
  expect(await files.look('part')).toBeUndefined();
  expect(await files.look('volume')).toMatchObject({
    inode: String((await stat(pathOf('volume'))).ino),
  });
});

test('a file gets its space, and is not made for it', async () => {
  await files.create('part');
  await files.fallocate('part', 5000, {});
  await files.fallocate('part', 4000, {});
  const part = await files.look('part');
  expect(part?.sizeBytes).toBe(5000);
  expect(part?.ownBytes).toBeGreaterThanOrEqual(5000);
  await expect(files.fallocate('none', 5000, {})).rejects.toThrow(
    'fallocate: none: No such file or directory',
  );
  await expect(files.clone('part', 'none', {})).rejects.toThrow(
    'clone: none: No such file or directory',
  );
  expect(await files.look('none')).toBeUndefined();
});

test('only regular files are listed, by the beginnings and ends of their names', async () => {
  await writeFile(pathOf('vol-1'), Buffer.alloc(5000), { flush: true });
  await writeFile(pathOf('.vol-2.part'), Buffer.alloc(5000), { flush: true });
  await mkdir(pathOf('vol-3'));
  await symlink(pathOf('vol-1'), pathOf('.vol-4.part'));
  expect(await files.names('vol-', 'snap-')).toEqual(['vol-1']);
  const [part, ...more] = await files.lookAtAll('.', '.part');
  expect(part).toMatchObject({ name: '.vol-2.part', sizeBytes: 5000 });
  expect(part?.ownBytes).toBeGreaterThanOrEqual(4096);
  expect(more).toEqual([]);
});

test('a link is never followed', async () => {
  await writeFile(pathOf('meant'), 'data', { mode: 0o600 });
  await symlink('meant', pathOf('link'));
  expect(await files.look('link')).toMatchObject({ isFile: false });
  for (const call of [
    files.chmod('link', 0o660),
    files.truncate('link', 0),
    files.fallocate('link', 1, {}),
    files.clone('meant', 'link', {}),
    files.flush('link'),
    files.create('link'),
  ]) {
    await expect(call).rejects.toThrow(/: (File exists|Too many levels of symbolic links)$/);
  }
  await files.link('link', 'second');
  expect(await files.look('second')).toMatchObject({ isFile: false });
  expect(await readFile(pathOf('meant'), 'utf8')).toBe('data');
  expect((await stat(pathOf('meant'))).mode & 0o777).toBe(0o600);
});

test('a file that hangs fails in its time, and holds up nothing else', async () => {
  execFileSync('mkfifo', [pathOf('hangs')]);
  // To open a pipe that nobody writes to takes for ever.
  const hanging = new DirectoryFiles(directory, 2_000).chmod('hangs', 0o600);
  const outcome = hanging.catch((error) => error);
  await files.create('there');
  expect(await files.look('there')).toMatchObject({ sizeBytes: 0 });
  expect(await outcome).toMatchObject({ timedOut: true });
});

test('whoever gives up a change does not wait for it', async () => {
  execFileSync('mkfifo', [pathOf('hangs')]);
  const cancel = new AbortController();
  // To open a pipe that nobody reads from takes for ever.
  const outcome = files.fallocate('hangs', 1, { signal: cancel.signal }).catch((error) => error);
  cancel.abort();
  expect(await outcome).toMatchObject({ signal: 'SIGKILL' });
});

test('what is refused is told in the words of programs, and without a path', async () => {
  await files.create('there');
  const refusals = [
    [files.create('there'), 'create: there: File exists'],
    [files.link('there', 'there'), 'link: there: File exists'],
    [files.chmod('none', 0o600), 'chmod: none: No such file or directory'],
    [files.fallocate('there', 2 ** 60, {}), 'fallocate: there: File too large'],
    [new DirectoryFiles(pathOf('there'), 60_000).names('vol-'), 'names: .: Not a directory'],
  ] as const;
  for (const [call, message] of refusals) {
    const error = await call.catch((thrown) => thrown);
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({ message, exitCode: 1 });
  }
});
