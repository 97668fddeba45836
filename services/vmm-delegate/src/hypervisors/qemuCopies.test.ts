import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Copier, DeviceCopy } from './driver.js';
import { openQemu } from './qemu.js';
import { RealQemu } from './testing/realQemu.js';

const vm1 = { name: 'vm1', uuid: '00000001-0000-4000-8000-00000000000a' };
const SNAPSHOT = 'snap-0123456789abcdef0';
const MIB = 1024 * 1024;
const SIZE = 64 * MIB;
/** So slow that it never ends by itself. */
const SLOW = 1;

let directory: string;
let qemu: RealQemu;
let source: string;
let target: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vbs-qemu-'));
  qemu = await RealQemu.start({ directory, ...vm1 });
  [source, target] = [join(directory, 'source'), join(directory, 'target')];
  for (const [path, text] of [
    [source, 'content'],
    [target, ''],
  ] as const) {
    await writeFile(path, text);
    await truncate(path, SIZE);
  }
});
afterEach(async () => {
  await qemu.kill();
  await rm(directory, { recursive: true });
});

const driver = (copyBytesPerSecond = 0) =>
  openQemu({ directory, timeoutMs: 60_000, copyBytesPerSecond });
const order = { snapshotId: SNAPSHOT, vm: vm1, device: 'xvdb' };

/** Of a disk that is attached. */
async function start(bytesPerSecond = 0): Promise<Copier> {
  const hypervisor = driver(bytesPerSecond);
  const disk = { vm: vm1, device: 'xvdb', mode: 'w', serial: 'vol-1' } as const;
  await hypervisor.attach({ ...disk, file: source });
  const copier = hypervisor.copier as Copier;
  await copier.start({ ...order, target });
  return copier;
}

const only = async (copier: Copier): Promise<DeviceCopy | undefined> => {
  const [copy, ...more] = await copier.look();
  expect(more).toEqual([]);
  return copy;
};
const nodes = async (): Promise<string[]> => {
  const all = (await qemu.command('query-named-block-nodes', { flat: true })) as { file: string }[];
  return all.filter(({ file }) => file === target).map(({ file }) => file);
};

test('what is done is whole, and its file is closed before it is said', async () => {
  const copier = await start();
  await expect.poll(async () => (await only(copier))?.state).toBe('done');
  expect(await nodes()).toEqual([]);
  expect((await readFile(target)).equals(await readFile(source))).toBe(true);
  // QEMU remembers it for whoever asks, until it is ended.
  expect(await only(driver().copier as Copier)).toMatchObject({
    ...{ snapshotId: SNAPSHOT, device: 'xvdb', state: 'done', bytesDone: SIZE },
  });
  await copier.end(vm1, SNAPSHOT);
  expect(await copier.look()).toEqual([]);
});

test('one that runs is shown as it is, while the disk is shown as ever', async () => {
  const copier = await start(SLOW);
  expect(await only(copier)).toMatchObject({ state: 'running', vm: vm1 });
  expect((await driver().look()).attachments).toMatchObject([
    { device: 'xvdb', file: source, mode: 'w', state: 'attached' },
  ]);
  await copier.end(vm1, SNAPSHOT);
  expect(await copier.look()).toEqual([]);
  expect(await nodes()).toEqual([]);
});

test('one whose disk is taken away has failed', async () => {
  const copier = await start(SLOW);
  const detach = driver().detach(vm1, 'xvdb');
  const over = detach.then(() => true);
  // A reset is what completes an unplug here.
  await expect
    .poll(async () => {
      await qemu.reset();
      return Promise.race([over, false]);
    })
    .toBe(true);
  expect((await driver().look()).attachments).toEqual([]);
  expect(await only(copier)).toMatchObject({
    ...{ state: 'failed', message: expect.stringMatching(/cancel/) },
  });
  await copier.end(vm1, SNAPSHOT);
  expect(await nodes()).toEqual([]);
});

test('one that was begun halfway is a rest, which the next beginning and the end take away', async () => {
  await qemu.command('blockdev-add', {
    ...{ driver: 'raw', 'node-name': `copy-${SNAPSHOT}` },
    file: { driver: 'file', filename: target },
  });
  const rest = { snapshotId: SNAPSHOT, state: 'failed', message: 'the copy was not begun' };
  expect(await only(driver().copier as Copier)).toMatchObject(rest);
  const copier = await start();
  await expect.poll(async () => (await only(copier))?.state).toBe('done');
  await copier.end(vm1, SNAPSHOT);

  await qemu.command('blockdev-add', {
    ...{ driver: 'raw', 'node-name': `copy-${SNAPSHOT}` },
    file: { driver: 'file', filename: target },
  });
  await copier.end(vm1, SNAPSHOT);
  expect(await copier.look()).toEqual([]);
  expect(await nodes()).toEqual([]);
});

test('what QEMU refuses leaves nothing', async () => {
  await truncate(target, MIB);
  await expect(start()).rejects.toThrow(/sizes/);
  expect(await driver().copier?.look()).toEqual([]);
  expect(await nodes()).toEqual([]);
});

test('a machine that has ended has none', async () => {
  const copier = await start(SLOW);
  await qemu.kill();
  expect(await copier.look()).toEqual([]);
  await copier.end(vm1, SNAPSHOT);
  await expect(copier.start({ ...order, target })).rejects.toThrow(/no such VM/);
});
