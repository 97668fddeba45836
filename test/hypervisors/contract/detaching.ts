import { describe, expect, test } from 'vitest';
import { diskOf, LONG_MS, type Site } from '../site.js';

export function detaching(site: () => Site): void {
  describe('detach', () => {
    test('of what is not attached returns', async () => {
      const { vm } = await site().vm('vm1');
      await expect(site().bench.hypervisor.detach(vm, 'xvdb')).resolves.toBeUndefined();
    });

    test('takes a disk also from a guest that has it mounted', async () => {
      const { guest, vm } = await site().vm('vm2');
      const file = await site().file();
      await site().attach(vm, 'xvdm', file);
      const { name } = await diskOf(guest, file, 'xvdm');
      const mount = `mke2fs /dev/${name} >/dev/null && mount -t ext2 /dev/${name} /mnt`;
      expect(await guest.run(mount, LONG_MS)).toMatchObject({ exitCode: 0 });
      expect((await guest.run('df /mnt')).output).toContain(name);
      await site().bench.hypervisor.detach(vm, 'xvdm');
      expect(await site().attachments()).toEqual([]);
      expect(await site().bench.heldFiles()).toEqual([]);
      const attempt = 'dd if=/dev/zero of=/mnt/data bs=4096 count=16 conv=fsync';
      expect((await guest.run(attempt, LONG_MS)).exitCode).not.toBe(0);
      await guest.run('umount -l /mnt', LONG_MS);
    });
  });
}
