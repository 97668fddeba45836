import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Files } from './files.js';

const LONG_MS = 60_000;

let folder: string;
let files: Files;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'files-'));
  files = new Files(LONG_MS);
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);

test('a file is made with its folder, once, is flushed, seen and removed', async () => {
  const path = at('new/file');
  expect(await files.names(at('new'))).toEqual([]);
  expect(await files.isFile(path)).toBe(false);
  expect(await files.announce(path, 'f')).toEqual(['file']);
  writeFileSync(path, 'text');
  expect(await files.announce(path, 'x')).toEqual([]);
  expect((await files.announce(at('new/other'), '')).sort()).toEqual(['file', 'other']);
  await files.remove(at('new/other'));
  expect(statSync(path).size).toBe(4);
  expect(statSync(at('new')).mode & 0o777).toBe(0o700);
  await files.chmod(path, 0o440);
  expect(statSync(path).mode & 0o777).toBe(0o440);
  expect(await files.names(at('new'))).toEqual(['file']);
  expect(await files.names(at('new'), 'fi')).toEqual(['file']);
  expect(await files.names(at('new'), 'x')).toEqual([]);
  await files.remove(path);
  await files.remove(path);
  expect(await files.names(at('new'))).toEqual([]);
});

test('a folder and a link are no files', async () => {
  writeFileSync(at('file'), '');
  symlinkSync(at('file'), at('link'));
  expect(await files.isFile(at('link'))).toBe(false);
  expect(await files.isFile(folder)).toBe(false);
  expect((await files.names(folder)).sort()).toEqual(['file', 'link']);
  expect(await files.realpath(at('link'))).toBe(await files.realpath(at('file')));
});

test('what a link leads to is neither changed nor flushed, and a link in its place is removed alone', async () => {
  writeFileSync(at('file'), '', { mode: 0o600 });
  symlinkSync(at('file'), at('link'));
  await expect(files.chmod(at('link'), 0o440)).rejects.toMatchObject({ code: 'ELOOP' });
  expect(statSync(at('file')).mode & 0o777).toBe(0o600);
  await expect(files.announce(at('link'), '')).rejects.toMatchObject({ code: 'ELOOP' });
  await files.remove(at('link'));
  expect(await files.names(folder)).toEqual(['file']);
});

test('what the file system refuses comes with its code', async () => {
  writeFileSync(at('file'), '');
  await expect(files.names(at('file'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  await expect(files.announce(at('file/below'), '')).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(files.chmod(at('none'), 0o440)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a file system that hangs keeps nobody longer than agreed, and nobody else', async () => {
  execFileSync('mkfifo', [at('hangs')]);
  writeFileSync(at('file'), '');
  // To open a pipe that nobody writes to takes for ever.
  const hanging = new Files(2_000).announce(at('hangs'), '');
  const waiting = files.isFile(at('file'));
  await expect(hanging).rejects.toThrow('took too long');
  expect(await waiting).toBe(true);
});

test('a process that somebody has killed is replaced', async () => {
  writeFileSync(at('file'), '');
  expect(await files.isFile(at('file'))).toBe(true);
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim();
  for (const pid of children.split(' ')) process.kill(Number(pid), 'SIGKILL');
  expect(await files.isFile(at('file'))).toBe(true);
});
