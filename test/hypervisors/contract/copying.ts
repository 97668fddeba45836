import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Copier, DeviceCopy } from '../../../services/vmm-delegate/src/hypervisors/driver.js';
import { diskOf, LONG_MS, read, type Site, type TestFile, type TestVm, write } from '../site.js';

/** A hypervisor may have to pause a VM. */
const PATIENT = { maxPauseMs: LONG_MS };

export function copying(site: () => Site): void {
  describe('a copy', () => {
    test('is of the moment at which it began, and can be made or is not offered', async () => {
      await withCopier(site(), async (copier) => {
        const { vm, file, target, guest } = await attached(site());
        const disk = await diskOf(guest, file, 'xvdb');
        expect(await write(guest, disk, 'before')).toBe(true);
        const snapshotId = newSnapshotId();
        await copier.start({ snapshotId, vm, device: 'xvdb', target: target.path, ...PATIENT });
        expect(await write(guest, disk, 'later!')).toBe(true);
        await done(copier, vm, snapshotId);
        expect(await site().bench.heldFiles()).toEqual([file.path]);
        const copy = await readFile(join(site().bench.folder.here, basename(target.path)));
        expect(copy.subarray(0, 6).toString()).toBe('before');
        expect(await read(guest, disk, 'later!')).toBe('later!');
        await copier.end(vm, snapshotId);
        expect(await copier.look()).toEqual([]);
      });
    });

    test('that is ended leaves its file alone; one that is not there is fine', async () => {
      await withCopier(site(), async (copier) => {
        const { vm, file, target } = await attached(site());
        const snapshotId = newSnapshotId();
        await copier.start({ snapshotId, vm, device: 'xvdb', target: target.path, ...PATIENT });
        await copier.end(vm, snapshotId);
        await copier.end(vm, snapshotId);
        expect(await copier.look(vm)).toEqual([]);
        expect(await site().bench.heldFiles()).toEqual([file.path]);
      });
    });

    test('does not hold a disk that is detached', async () => {
      await withCopier(site(), async (copier) => {
        const { vm, target } = await attached(site());
        const snapshotId = newSnapshotId();
        await copier.start({ snapshotId, vm, device: 'xvdb', target: target.path, ...PATIENT });
        await site().bench.hypervisor.detach(vm, 'xvdb');
        expect(await site().attachments()).toEqual([]);
        await copier.end(vm, snapshotId);
        expect(await site().bench.heldFiles()).toEqual([]);
      });
    });

    test('of a device that is not there is refused, and leaves nothing', async () => {
      await withCopier(site(), async (copier) => {
        const { vm } = await site().vm('vm1');
        const { path: target } = await site().file();
        const order = { snapshotId: newSnapshotId(), vm, device: 'xvdc', target, ...PATIENT };
        await expect(copier.start(order)).rejects.toThrow();
        expect(await copier.look(vm)).toEqual([]);
        expect(await site().bench.heldFiles()).toEqual([]);
      });
    });
  });
}

/** A hypervisor that has no such thing must not offer it. */
async function withCopier(site: Site, work: (copier: Copier) => Promise<void>): Promise<void> {
  const { hypervisor, hasCopier } = site.bench;
  expect(hypervisor.copier !== undefined).toBe(hasCopier);
  if (hypervisor.copier) await work(hypervisor.copier);
}

async function attached(site: Site): Promise<TestVm & { file: TestFile; target: TestFile }> {
  const { guest, vm } = await site.vm('vm1');
  const [file, target] = [await site.file(), await site.file()];
  await site.attach(vm, 'xvdb', file);
  await diskOf(guest, file, 'xvdb');
  return { guest, vm, file, target };
}

async function done(copier: Copier, vm: TestVm['vm'], snapshotId: string): Promise<void> {
  const look = async (): Promise<DeviceCopy['state'] | undefined> =>
    (await copier.look(vm)).find((each) => each.snapshotId === snapshotId)?.state;
  await expect.poll(look, { timeout: LONG_MS }).toBe('done');
}

let made = 0;
function newSnapshotId(): string {
  made += 1;
  return `snap-${made.toString(16).padStart(17, '0')}`;
}
