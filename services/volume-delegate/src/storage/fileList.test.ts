import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@vbs-lustre/shared/ids';
import { partName } from '@vbs-lustre/shared/partName';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileList } from './fileList.js';

let directory: string;
let list: FileList;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'file-list-'));
  list = new FileList(directory, 20_000);
});
afterEach(() => rm(directory, { recursive: true }));

async function file(name: string, bytes = 0): Promise<string> {
  await writeFile(join(directory, name), Buffer.alloc(bytes));
  return name;
}

test('volumes, snapshots and parts are told apart, and seen with size, mode and age', async () => {
  const [volume, snapshot] = [await file(newId('vol'), 7), await file(newId('snap'), 5)];
  await chmod(join(directory, snapshot), 0o440);
  await utimes(join(directory, volume), 0, 0);
  const orderId = newId('ord');
  const part = await file(partName({ id: newId('vol'), bytes: 9, orderId }), 3);
  const seen = async (kind: 'volume' | 'snapshot' | 'part') => {
    const { files, more } = await list.page(kind);
    expect(more).toBe(false);
    // However old its data are: the inode has just been changed.
    for (const { ageSeconds } of files) expect(ageSeconds).toBeLessThan(3600);
    return files.map(({ ageSeconds: _age, ...rest }) => rest);
  };
  expect(await seen('volume')).toMatchObject([{ name: volume, sizeBytes: 7 }]);
  expect(await seen('snapshot')).toEqual([{ name: snapshot, sizeBytes: 5, mode: '440' }]);
  expect(await seen('part')).toMatchObject([{ name: part, sizeBytes: 3, orderId }]);
});

test('what is none of ours is not seen', async () => {
  for (const name of ['vol-1', 'snap-x', '.x.part', 'hog', `${newId('vol')} `, `${newId('vol')}\n`])
    await file(name);
  await mkdir(join(directory, newId('vol')));
  await symlink('/etc/passwd', join(directory, newId('snap')));
  await mkdir(join(directory, '.aside'));
  await file(join('.aside', newId('vol')));
  for (const kind of ['volume', 'snapshot', 'part'] as const) {
    expect(await list.page(kind)).toEqual({ files: [], more: false });
  }
});

test('many files come page by page, each once, in order', async () => {
  const names = Array.from({ length: 2_001 }, () => newId('vol')).sort();
  for (const name of names) await file(name, 1);
  const pages = [await list.page('volume')];
  while (pages.at(-1)?.more)
    pages.push(await list.page('volume', pages.at(-1)?.files.at(-1)?.name));
  expect(pages.map(({ files }) => files.length)).toEqual([1_000, 1_000, 1]);
  const all = pages.flatMap(({ files }) => files);
  expect(all.map(({ name }) => name)).toEqual(names);
  expect(all.every(({ sizeBytes }) => sizeBytes === 1)).toBe(true);
});

test('a file that cannot be looked at is there all the same, and hides no other', async () => {
  const [first, second] = [await file(newId('vol'), 1), await file(newId('vol'), 1)];
  const path = process.env.PATH;
  // A stat that finds the first one gone.
  const bin = join(directory, 'bin');
  await mkdir(bin);
  const script = `#!/bin/sh\nPATH=/usr/bin:/bin\nrm -f ${first}\nexec stat "$@"\n`;
  await writeFile(join(bin, 'stat'), script, { mode: 0o755 });
  process.env.PATH = `${bin}:${path}`;
  try {
    const { files } = await list.page('volume');
    expect(files).toHaveLength(2);
    expect(files.find(({ name }) => name === first)).toEqual({ name: first });
    expect(files.find(({ name }) => name === second)).toMatchObject({ sizeBytes: 1 });
  } finally {
    process.env.PATH = path;
  }
});

test('a directory that is gone is no empty one', async () => {
  const gone = new FileList(join(directory, 'gone'), 20_000);
  await expect(gone.page('volume')).rejects.toBeInstanceOf(CommandError);
});
