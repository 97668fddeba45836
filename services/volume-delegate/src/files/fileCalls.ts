// Runs as a process of its own: see DirectoryFiles.
import type { BigIntStats, Stats } from 'node:fs';
import {
  constants,
  type FileHandle,
  link,
  lstat,
  open,
  readdir,
  statfs,
  unlink,
} from 'node:fs/promises';
import { join } from 'node:path';
import { serve } from '@vbs-lustre/shared/process/helperProgram';
import { fallocate, ficlone } from './systemCalls.js';
import { unless } from './unless.js';

const { O_RDONLY, O_WRONLY, O_NOFOLLOW } = constants;

/** Of a mode. */
const ALL_BITS = 0o7777;

/** What a name leads to. */
export interface Look {
  name: string;
  isFile: boolean;
  sizeBytes: number;
  /** Bytes that it takes. */
  ownBytes: number;
  /** The permissions, and the three bits before them. */
  mode: number;
  names: number;
  /** In decimal: on Lustre larger than a number can be. */
  inode: string;
}

/** What is done to the files of a directory. Names are file names in it; links are never followed. All throw what Node does. */
const CALLS = {
  look,
  lookAtAll,
  names,
  create,
  chmod,
  link: linkTo,
  unlink: removeName,
  truncate,
  fallocate: setAside,
  clone,
  flush,
  freeBytes,
};

export type Calls = typeof CALLS;

serve(CALLS);

/** Undefined if there is nothing of this name. */
async function look(directory: string, name: string): Promise<Look | undefined> {
  const found = await unless('ENOENT', lstat(join(directory, name), { bigint: true }));
  return found && toLook(name, found);
}

/** The regular files whose names begin and end so. */
async function lookAtAll(directory: string, start: string, end: string): Promise<Look[]> {
  const found: Look[] = [];
  for (const name of await readdir(directory)) {
    if (!name.startsWith(start) || !name.endsWith(end)) continue;
    // It may be gone by now.
    const each = await look(directory, name);
    if (each?.isFile) found.push(each);
  }
  return found;
}

/** The names of the regular files that begin with one of these: this asks for nothing but the directory. */
async function names(directory: string, starts: readonly string[]): Promise<string[]> {
  const all = await readdir(directory, { withFileTypes: true });
  const isMeant = (name: string): boolean => starts.some((start) => name.startsWith(start));
  return all.filter((each) => isMeant(each.name) && each.isFile()).map(({ name }) => name);
}

/** Makes an empty file of mode 0600. */
async function create(directory: string, name: string): Promise<void> {
  const file = await open(join(directory, name), 'wx', 0o600);
  await file.close();
}

/** Sets bits of the mode, and clears others; the rest stays. */
async function chmod(
  directory: string,
  name: string,
  { set, clear }: { set: number; clear: number },
): Promise<void> {
  const file = await open(join(directory, name), O_RDONLY | O_NOFOLLOW);
  try {
    // A look at all of it asks every OST.
    const kept = clear === ALL_BITS ? 0 : (await file.stat()).mode & ALL_BITS & ~clear;
    await file.chmod(kept | set);
  } finally {
    await file.close();
  }
}

/** Gives a file a second name, unless there is one of that name. */
function linkTo(directory: string, name: string, other: string): Promise<void> {
  return link(join(directory, name), join(directory, other));
}

/** Takes a name away, if it is there. */
async function removeName(directory: string, name: string): Promise<void> {
  await unless('ENOENT', unlink(join(directory, name)));
}

/** Gives a file a size, if it is there. */
async function truncate(directory: string, name: string, sizeBytes: number): Promise<void> {
  const file = await unless('ENOENT', open(join(directory, name), O_WRONLY | O_NOFOLLOW));
  await file?.truncate(sizeBytes).finally(() => file.close());
}

/** Sets the space of a file aside, up to a size. */
async function setAside(directory: string, name: string, sizeBytes: number): Promise<void> {
  const file = await open(join(directory, name), O_WRONLY | O_NOFOLLOW);
  try {
    fallocate(file.fd, sizeBytes);
    await stillThere(file);
  } finally {
    await file.close();
  }
}

/** Has an empty file share the blocks of another. */
async function clone(directory: string, source: string, name: string): Promise<void> {
  const from = await open(join(directory, source), O_RDONLY | O_NOFOLLOW);
  try {
    const file = await open(join(directory, name), O_WRONLY | O_NOFOLLOW);
    try {
      ficlone(file.fd, from.fd);
      const { size } = await stillThere(file);
      // A file system that comes to its end halfway may call that a success.
      if (size !== (await from.stat()).size) throw refusal('EIO');
    } finally {
      await file.close();
    }
  } finally {
    await from.close();
  }
}

/** What was done to a file that was removed meanwhile is done to nothing: whatever has that name now, this is not it. */
async function stillThere(file: FileHandle): Promise<Stats> {
  const found = await file.stat();
  if (found.nlink === 0) throw refusal('ENOENT');
  return found;
}

function refusal(code: string): Error {
  return Object.assign(new Error(code), { code, syscall: 'fstat' });
}

/** Puts a file on disk; or, if it is `.`, the names in the directory. */
async function flush(directory: string, name: string): Promise<void> {
  const file = await open(join(directory, name), O_RDONLY | O_NOFOLLOW);
  await file.sync().finally(() => file.close());
}

/** What an ordinary user can still write, and the size of the blocks in which that was counted. */
async function freeBytes(directory: string): Promise<{ blockSize: number; freeBytes: number }> {
  const { bsize, bavail } = await statfs(directory);
  return { blockSize: bsize, freeBytes: bsize * bavail };
}

function toLook(name: string, found: BigIntStats): Look {
  return {
    name,
    isFile: found.isFile(),
    sizeBytes: Number(found.size),
    ownBytes: Number(found.blocks) * 512,
    mode: Number(found.mode & 0o7777n),
    names: Number(found.nlink),
    inode: String(found.ino),
  };
}
