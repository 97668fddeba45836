import { describe, expect, test } from 'vitest';
import { diskOf, FILE_BYTES, read, type Site, write } from '../site.js';

export function attaching(site: () => Site): void {
  describe('attach', () => {
    test('w: the guest gets a disk of that size and writes it, and the file has what it wrote', async () => {
      const { guest, vm } = await site().vm('vm1');
      const file = await site().file();
      await site().attach(vm, 'xvdb', file, 'w');
      expect(await site().attachments()).toEqual([
        { vm, device: 'xvdb', file: file.path, mode: 'w', state: 'attached' },
      ]);
      const disk = await diskOf(guest, file, 'xvdb');
      expect(disk).toMatchObject({ sizeBytes: FILE_BYTES, readOnly: false });
      expect(await read(guest, disk, file.text)).toBe(file.text);
      const text = 'written by the guest';
      expect(await write(guest, disk, text)).toBe(true);
      await site().bench.hypervisor.detach(vm, 'xvdb');
      expect(await site().attachments()).toEqual([]);
      expect(await file.read()).toMatch(new RegExp(`^${text}`));
    });

    test('r: the disk is read-only in the guest, and a write fails', async () => {
      const { guest, vm } = await site().vm('vm1');
      const file = await site().file();
      await site().attach(vm, 'xvdb', file, 'r');
      expect(await site().attachments()).toEqual([
        { vm, device: 'xvdb', file: file.path, mode: 'r', state: 'attached' },
      ]);
      const disk = await diskOf(guest, file, 'xvdb');
      expect(disk).toMatchObject({ sizeBytes: FILE_BYTES, readOnly: true });
      // The guest's own lock on the disk lies in the guest's own hands.
      await guest.run(`blockdev --setrw /dev/${disk.name}`);
      expect(await write(guest, disk, 'anything')).toBe(false);
      await site().bench.hypervisor.detach(vm, 'xvdb');
      expect(await file.read()).toBe(file.text);
    });

    test('r: two VMs read one file at once', async () => {
      const vms = await site().vms();
      const file = await site().file();
      await Promise.all(vms.map(({ vm }) => site().attach(vm, 'xvdb', file, 'r')));
      for (const { guest } of vms) {
        expect(await read(guest, await diskOf(guest, file, 'xvdb'), file.text)).toBe(file.text);
      }
      expect(await site().attachments()).toMatchObject([
        { state: 'attached', mode: 'r' },
        { state: 'attached', mode: 'r' },
      ]);
    });

    test('several at once, for one VM and for two, are all carried out', async () => {
      const [{ guest: guest1, vm: vm1 }, { guest: guest2, vm: vm2 }] = await site().vms();
      const wanted = [
        { guest: guest1, vm: vm1, device: 'xvdb', file: await site().file() },
        { guest: guest1, vm: vm1, device: 'xvdc', file: await site().file() },
        { guest: guest2, vm: vm2, device: 'xvdb', file: await site().file() },
      ];
      await Promise.all(wanted.map(({ vm, device, file }) => site().attach(vm, device, file)));
      const seen = await site().attachments();
      expect(seen).toHaveLength(wanted.length);
      for (const { guest, vm, device, file } of wanted) {
        expect(seen).toContainEqual({
          ...{ vm, device, file: file.path },
          ...{ mode: 'w', state: 'attached' },
        });
        expect(await read(guest, await diskOf(guest, file, device), file.text)).toBe(file.text);
      }
      const { hypervisor } = site().bench;
      await Promise.all(wanted.map(({ vm, device }) => hypervisor.detach(vm, device)));
      expect(await site().attachments()).toEqual([]);
    });

    test('takes a file by its name, also with commas and spaces', async () => {
      const { guest, vm } = await site().vm('vm1');
      const file = await site().file("a, b,readonly=on  'c'.img");
      await site().attach(vm, 'xvdb', file, 'w');
      expect(await site().attachments()).toEqual([
        { vm, device: 'xvdb', file: file.path, mode: 'w', state: 'attached' },
      ]);
      const disk = await diskOf(guest, file, 'xvdb');
      expect(await read(guest, disk, file.text)).toBe(file.text);
    });
  });
}
