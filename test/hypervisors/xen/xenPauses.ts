import { randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { run } from '@vbs-lustre/shared/process/run';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type {
  CopyOrder,
  DeviceCopy,
} from '../../../services/vmm-delegate/src/hypervisors/driver.js';
import { COPYING, standingCopy } from '../../support/heldCopies.js';
import {
  blocksOf,
  expectMoment,
  goesOn,
  stopWriting,
  writeAlways,
  written,
} from '../../support/numberedBlocks.js';
import { diskOf, FILE_BYTES, LONG_MS, type Site, type TestFile, type TestVm } from '../site.js';
import type { XenBench } from './xenBench.js';

const MIB = 1024 ** 2;
/** So much takes a while to be copied. */
const LARGE_BYTES = 192 * MIB;
/** The smallest that mkfs.xfs makes is 300. */
const XFS_BYTES = 320 * MIB;
const XFS = '/run/xfs';
/** Any file is copied in no time, so that no order is refused for its estimate. */
const OPTIMISM = { copyBytesPerSecond: 1e15, maxPauseMs: 1e6 };
const ENOUGH_MS = 2 * LONG_MS;

/** Copies that the driver makes while it pauses a domain: with real guests, which write numbered blocks all the time. */
export function xenPauses(bench: () => XenBench, site: () => Site): void {
  const must = (script: string) => bench().host.must(script, LONG_MS);
  const copier = () =>
    bench().hypervisor.copier as NonNullable<ReturnType<typeof bench>['hypervisor']['copier']>;
  const isPaused = async () => / --p--- /.test(await must('xl list vm1'));

  let guest: TestVm['guest'];
  let vm: TestVm['vm'];

  /** Attaches a file that the guest writes all the time. */
  async function attachWritten(file: TestFile, sizeBytes: number): Promise<void> {
    await site().attach(vm, 'xvdb', file);
    await writeAlways(guest, (await diskOf(guest, file, 'xvdb')).name, sizeBytes);
  }

  function orderOf(target: { path: string }, maxPauseMs?: number): CopyOrder {
    const snapshotId = `snap-${randomBytes(9).toString('hex').slice(1)}`;
    return { snapshotId, vm, device: 'xvdb', target: target.path, maxPauseMs };
  }

  const stateOf = async ({ snapshotId }: CopyOrder): Promise<DeviceCopy | undefined> =>
    (await copier().look(vm)).find((each) => each.snapshotId === snapshotId);

  async function outcome(order: CopyOrder): Promise<DeviceCopy | undefined> {
    await expect
      .poll(async () => (await stateOf(order))?.state, { timeout: ENOUGH_MS })
      .not.toBe('running');
    const copy = await stateOf(order);
    await copier().end(vm, order.snapshotId);
    expect(await copier().look()).toEqual([]);
    return copy;
  }

  /** Begins a copy whose program is stopped: it does not end by itself. */
  async function standing(target: TestFile, maxPauseMs = ENOUGH_MS): Promise<CopyOrder> {
    const order = orderOf(target, maxPauseMs);
    await standingCopy(must, () => copier().start(order));
    expect(await isPaused()).toBe(true);
    return order;
  }

  const noneCopies = () => expect.poll(() => must(COPYING), { timeout: LONG_MS }).toBe('');

  const here = (path: string) => join(bench().folder.here, basename(path));
  /** A file with so much data. */
  async function largeFile(): Promise<TestFile> {
    const file = await site().file();
    await run(
      'dd',
      ['if=/dev/urandom', `of=${here(file.path)}`, 'bs=1M', `count=${LARGE_BYTES / MIB}`],
      { timeoutMs: LONG_MS },
    );
    return file;
  }

  describe('a copy for which a domain is paused', () => {
    beforeAll(async () => {
      await bench().killDriver();
      await bench().startDriver(OPTIMISM);
    });
    afterAll(async () => {
      await bench().killDriver();
      await bench().startDriver();
    });
    beforeEach(async () => {
      ({ guest, vm } = await site().vm('vm1'));
    });
    afterEach(() => site().clear());

    test('has all that was written before, and the guest goes on', async () => {
      const [file, target] = [await site().file(), await site().file()];
      await attachWritten(file, FILE_BYTES);
      const before = await written(guest);
      const order = orderOf(target, ENOUGH_MS);
      await copier().start(order);
      expect(await outcome(order)).toMatchObject({ state: 'done', bytesDone: FILE_BYTES });
      const after = await written(guest);
      await goesOn(guest, after);
      expectMoment(blocksOf(here(target.path), FILE_BYTES), { before, after });
      await stopWriting(guest);
    });

    test('is a clone where the file system can do that, marked as one', async () => {
      const image = join(bench().folder.here, 'xfs.image');
      const made = await open(image, 'wx');
      await made.truncate(XFS_BYTES);
      await made.close();
      await run('mkfs.xfs', ['-q', image], { timeoutMs: LONG_MS });
      await must(`mkdir -p ${XFS}; mount -o loop /volumes/xfs.image ${XFS}`);
      try {
        const [file, target] = [{ path: `${XFS}/vol` }, { path: `${XFS}/part` }];
        await must(`truncate -s ${FILE_BYTES} ${file.path} ${target.path}`);
        await bench().hypervisor.attach({
          vm,
          device: 'xvdb',
          file: file.path,
          mode: 'w',
          serial: 'vol',
        });
        const disk = await guest.waitForDisk(guest.diskOf('vol', 'xvdb'), LONG_MS);
        await writeAlways(guest, disk.name, FILE_BYTES);
        const before = await written(guest);
        const order = orderOf(target, ENOUGH_MS);
        await copier().start(order);
        expect(await outcome(order)).toMatchObject({ state: 'done' });
        const after = await written(guest);
        await goesOn(guest, after);
        expect((await must(`stat -c %a ${target.path}`)).trim()).toMatch(/^1/);
        await stopWriting(guest);
        await must(`cp ${target.path} /volumes/of-clone`);
        expectMoment(blocksOf(here('of-clone'), FILE_BYTES), { before, after });
      } finally {
        await bench()
          .hypervisor.detach(vm, 'xvdb', { force: true })
          .catch(() => {});
        // What the kernel lets go of a loop device it closes a little later.
        await must(`until umount ${XFS}; do sleep 0.1; done`);
      }
    });

    test('is refused where the pause would be too long, and the domain is not paused', async () => {
      const [file, target] = [await site().file(), await site().file()];
      await site().attach(vm, 'xvdb', file);
      for (const allowed of [undefined, 0, 1]) {
        await expect(copier().start(orderOf(target, allowed))).rejects.toThrow(
          /vm1 would be paused for about/,
        );
      }
      expect(await copier().look()).toEqual([]);
      expect(await isPaused()).toBe(false);
    });

    test('fails when it takes too long, and the guest goes on', async () => {
      const [file, target] = [await largeFile(), await site().file()];
      await site().attach(vm, 'xvdb', file);
      const order = await standing(target, LONG_MS / 2);
      const message = expect.stringMatching(/longer than the machine may be paused/);
      expect(await outcome(order)).toMatchObject({ state: 'failed', message });
      expect(await isPaused()).toBe(false);
    });

    test('ends with the driver that makes it; the next one lets the domain go on', async () => {
      const [file, target] = [await largeFile(), await site().file()];
      await site().attach(vm, 'xvdb', file);
      const order = await standing(target);
      await bench().killDriver();
      await noneCopies();
      expect(await isPaused()).toBe(true);
      await bench().startDriver(OPTIMISM);
      const message = expect.stringMatching(/started anew/);
      expect(await outcome(order)).toMatchObject({ state: 'failed', message });
      expect(await isPaused()).toBe(false);
      await guest.run('true', LONG_MS);
    });

    test('and the driver that is stopped lets it go on itself', async () => {
      const [file, target] = [await largeFile(), await site().file()];
      await site().attach(vm, 'xvdb', file);
      const order = await standing(target);
      await copier().stop?.();
      expect(await isPaused()).toBe(false);
      expect(await outcome(order)).toMatchObject({ state: 'failed' });
    });

    test('of a disk that is detached fails, and the guest lets it go', async () => {
      const [file, target] = [await largeFile(), await site().file()];
      await site().attach(vm, 'xvdb', file);
      const order = await standing(target);
      await bench().hypervisor.detach(vm, 'xvdb');
      expect(await site().attachments()).toEqual([]);
      const message = expect.stringMatching(/detached/);
      expect(await outcome(order)).toMatchObject({ state: 'failed', message });
    });

    test('leaves a domain paused that was, and takes as long as it takes', async () => {
      const [file, target] = [await site().file(), await site().file()];
      await site().attach(vm, 'xvdb', file);
      await diskOf(guest, file, 'xvdb');
      await site().pause('vm1');
      const order = orderOf(target, 0);
      await copier().start(order);
      expect(await outcome(order)).toMatchObject({ state: 'done' });
      expect(await isPaused()).toBe(true);
      const copy = await readFile(here(target.path));
      expect(copy.subarray(0, file.text.length).toString()).toBe(file.text);
    });

    test('fails if somebody lets the domain go on meanwhile', async () => {
      const [file, target] = [await largeFile(), await site().file()];
      await site().attach(vm, 'xvdb', file);
      const order = await standing(target);
      await must('xl unpause vm1');
      const message = expect.stringMatching(/somebody has let the machine go on/);
      expect(await outcome(order)).toMatchObject({ state: 'failed', message });
      expect(await isPaused()).toBe(false);
    });

    test('ends with its domain', async () => {
      const [file, target] = [await largeFile(), await site().file()];
      await site().attach(vm, 'xvdb', file);
      await standing(target);
      await site().crash('vm1');
      expect(await copier().look()).toEqual([]);
      await noneCopies();
    });
  });
}
