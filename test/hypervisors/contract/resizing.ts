import { truncate } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { diskOf, FILE_BYTES, LONG_MS, read, type Site } from '../site.js';

const LARGER = 2 * FILE_BYTES;

/** Only where the driver has it. */
export function resizing(site: () => Site): void {
  describe('resize', () => {
    test('the guest sees that its disk has become larger, and writes there', async (context) => {
      const { hypervisor, folder } = site().bench;
      if (!hypervisor.resize) return context.annotate('this hypervisor has no way to');
      const { guest, vm } = await site().vm('vm1');
      const file = await site().file();
      await site().attach(vm, 'xvdb', file, 'w');
      const disk = await diskOf(guest, file, 'xvdb');
      expect(disk.sizeBytes).toBe(FILE_BYTES);
      await truncate(join(folder.here, basename(file.path)), LARGER);
      await hypervisor.resize(vm, 'xvdb', LARGER);
      // Again, as after a lost answer.
      await hypervisor.resize(vm, 'xvdb', LARGER);
      const size = async () => (await diskOf(guest, file, 'xvdb')).sizeBytes;
      await expect.poll(size, { timeout: LONG_MS }).toBe(LARGER);
      const end = `dd if=/dev/zero of=/dev/${disk.name} bs=512 seek=${LARGER / 512 - 1} count=1 conv=fsync`;
      expect(await guest.run(end, LONG_MS)).toMatchObject({ exitCode: 0 });
      expect(await read(guest, disk, file.text)).toBe(file.text);
      expect(await site().attachments()).toEqual([
        { vm, device: 'xvdb', file: file.path, mode: 'w', state: 'attached' },
      ]);
    });

    test('what is not there can’t be told', async () => {
      const { hypervisor } = site().bench;
      if (!hypervisor.resize) return;
      const { vm } = await site().vm('vm1');
      await expect(hypervisor.resize(vm, 'xvdz', LARGER)).rejects.toThrow();
    });
  });
}
