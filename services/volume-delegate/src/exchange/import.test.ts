import { execFile } from 'node:child_process';
import {
  appendFile,
  link,
  mkdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { exchangeFolderOf } from '@vbs-lustre/shared/exchange';
import { newId } from '@vbs-lustre/shared/ids';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Pace } from '../jobs/pace.js';
import {
  type Delegate,
  importVolume,
  MIB,
  makeFolders,
  startDelegate,
} from '../jobs/testing/delegate.js';

const OWNER = 'CN=alice,OU=users';
const NAME = { owner: OWNER, fileName: 'disk.img' };
const SECRET = Buffer.alloc(1000, 'secret of another ');
let folders: Awaited<ReturnType<typeof makeFolders>>;
let delegate: Delegate;

beforeEach(async () => {
  folders = await makeFolders();
  delegate = await startDelegate(folders);
  await mkdir(pathOf(''));
});
afterEach(async () => {
  await delegate.jobs.stop();
  await folders.remove();
});

const pathOf = (name: string) => join(folders.exchange, exchangeFolderOf(OWNER), name);
const volumeOf = (id: string) => readFile(join(folders.directory, id));
const size = () => delegate.exchange?.sizeOf(NAME);
const finish = (sizeBytes: number, volumeBytes = MIB) =>
  delegate.finish(importVolume({ ...NAME, sizeBytes }, { sizeBytes: volumeBytes }));
/** A file of somebody else, who has it in the volume directory. */
async function otherVolume(): Promise<string> {
  const path = join(folders.directory, newId('vol'));
  await writeFile(path, SECRET);
  return path;
}

test('a file is taken byte by byte, and the rest of the volume is zeroes', async () => {
  const data = Buffer.from('QFI\xfb and what not'.repeat(100_000), 'latin1');
  await writeFile(pathOf('disk.img'), data);
  expect(await size()).toBe(data.length);
  const order = importVolume({ ...NAME, sizeBytes: data.length }, { sizeBytes: 3 * MIB });
  expect(await delegate.finish(order)).toMatchObject({ state: 'available' });
  const rest = Buffer.alloc(3 * MIB - data.length);
  expect(Buffer.concat([data, rest]).equals(await volumeOf(order.id))).toBe(true);
  expect((await readFile(pathOf('disk.img'))).equals(data)).toBe(true);
  expect(await delegate.listing()).toEqual([order.id]);
});

test('what has holes is written as a whole', async () => {
  await writeFile(pathOf('disk.img'), '');
  await truncate(pathOf('disk.img'), 20 * MIB);
  const order = importVolume({ ...NAME, sizeBytes: 20 * MIB }, { sizeBytes: 20 * MIB });
  expect(await delegate.finish(order)).toMatchObject({ state: 'available' });
  expect((await volumeOf(order.id)).equals(Buffer.alloc(20 * MIB))).toBe(true);
});

test('a folder that is missing is made, and what is not there is named', async () => {
  await rm(pathOf(''), { recursive: true });
  const folder = exchangeFolderOf(OWNER);
  await expect(size()).rejects.toThrow(
    `there is no file disk.img in your exchange folder ${folder}`,
  );
  await writeFile(pathOf('disk.img'), 'x');
  expect(await size()).toBe(1);
});

const REFUSED = /regular file|hard link|no file|cannot use/;
const run = promisify(execFile);
const ATTACKS: Record<string, () => Promise<unknown>> = {
  'a link to a volume': async () => symlink(await otherVolume(), pathOf('disk.img')),
  'a link to a file of the system': () => symlink('/etc/passwd', pathOf('disk.img')),
  'a link to a file of its own': async () => {
    await writeFile(pathOf('other'), 'x');
    await symlink('other', pathOf('disk.img'));
  },
  'a hard link to a volume': async () => link(await otherVolume(), pathOf('disk.img')),
  'a pipe': () => run('mkfifo', [pathOf('disk.img')]),
  'a socket': () =>
    new Promise<void>((made) => {
      const server = createServer().listen(pathOf('disk.img'), made);
      server.unref();
    }),
  'a folder': () => mkdir(pathOf('disk.img')),
  'a link to a device': () => symlink('/dev/zero', pathOf('disk.img')),
  nothing: async () => undefined,
  'a whole folder that leads elsewhere': async () => {
    const elsewhere = `${folders.exchange}/other`;
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, 'disk.img'), SECRET);
    await rm(pathOf(''), { recursive: true });
    await symlink(elsewhere, join(folders.exchange, exchangeFolderOf(OWNER)));
  },
};

test.each(Object.entries(ATTACKS))('%s is not imported', async (title, attack) => {
  await attack();
  const before = await delegate.listing();
  const looked = size();
  if (title === 'a hard link to a volume') await looked;
  else await expect(looked).rejects.toThrow(REFUSED);
  const job = await finish(SECRET.length);
  expect(job).toMatchObject({ state: 'failed' });
  expect(job?.message).toMatch(REFUSED);
  expect(job?.message).not.toContain('/');
  expect(await delegate.listing()).toEqual(before);
});

test('however often a file is replaced by links meanwhile, only its own bytes are taken', async () => {
  const own = Buffer.alloc(SECRET.length, 'own ');
  const volume = await otherVolume();
  let isOver = false;
  const swap = async () => {
    for (let turn = 0; !isOver; turn++) {
      const next = pathOf(`next${turn % 3}`);
      await rm(next, { force: true });
      if (turn % 3 === 0) await writeFile(next, own);
      if (turn % 3 === 1) await symlink(volume, next);
      if (turn % 3 === 2) await link(volume, next);
      await rename(next, pathOf('disk.img'));
    }
  };
  const swapping = swap();
  const taken: Buffer[] = [];
  for (let times = 0; times < 25 && taken.length < 3; times++) {
    const order = importVolume({ ...NAME, sizeBytes: own.length }, { sizeBytes: own.length });
    const job = await delegate.finish(order);
    if (job?.state === 'available') taken.push(await volumeOf(order.id));
  }
  isOver = true;
  await swapping;
  for (const each of taken) expect(each.equals(own)).toBe(true);
}, 300_000);

test('a file of another size than it had is not imported', async () => {
  await writeFile(pathOf('disk.img'), 'ab');
  const message = 'the file disk.img has changed; leave it alone until it is imported';
  expect(await finish(1)).toMatchObject({ state: 'failed', message });
  expect(await finish(3)).toMatchObject({ state: 'failed', message });
  expect(await delegate.listing()).toEqual([]);
});

test('a file that is written while it is copied is not imported', async () => {
  await delegate.jobs.stop();
  // So slow that it is written meanwhile, also if this process stands still for a while.
  delegate = await startDelegate(folders, { pace: new Pace(1) });
  await writeFile(pathOf('disk.img'), '');
  await truncate(pathOf('disk.img'), 16 * MIB);
  let isOver = false;
  const touching = (async () => {
    while (!isOver) await utimes(pathOf('disk.img'), 1, 1);
  })();
  // Also where it is put back to the time that it had.
  const job = await finish(16 * MIB, 16 * MIB);
  isOver = true;
  await touching;
  expect(job).toMatchObject({ state: 'failed', message: expect.stringContaining('has changed') });
  await appendFile(pathOf('disk.img'), '.');
  expect(await size()).toBe(16 * MIB + 1);
});

test.each(['../disk.img', '.disk', '-disk', '/etc/passwd', 'a/b'])(
  'the name %s gets nowhere',
  async (fileName) => {
    await expect(delegate.exchange?.sizeOf({ owner: OWNER, fileName })).rejects.toThrow('name');
  },
);

test('without an exchange directory such an order fails', async () => {
  const { exchange: _, ...others } = folders;
  const plain = await startDelegate(others);
  const job = await plain.finish(importVolume({ ...NAME, sizeBytes: 1 }));
  expect(job).toMatchObject({ state: 'failed', message: expect.stringContaining('no exchange') });
  expect(await plain.listing()).toEqual([]);
});
