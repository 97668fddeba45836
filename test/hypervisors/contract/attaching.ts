import { describe, expect, test } from 'vitest';
import { diskOf, FILE_BYTES, LONG_MS, read, type Site, write } from '../site.js';

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

    test('r: two VMs read one file at once, and neither can write it', async () => {
      const vms = await site().vms();
      const file = await site().file();
      await Promise.all(vms.map(({ vm }) => site().attach(vm, 'xvdb', file, 'r')));
      const seen = await site().attachments();
      expect(seen).toHaveLength(vms.length);
      for (const { guest, vm } of vms) {
        expect(seen).toContainEqual({
          ...{ vm, device: 'xvdb', file: file.path },
          ...{ mode: 'r', state: 'attached' },
        });
        const disk = await diskOf(guest, file, 'xvdb');
        expect(disk).toMatchObject({ sizeBytes: FILE_BYTES, readOnly: true });
        expect(await read(guest, disk, file.text)).toBe(file.text);
        // What the guest's kernel says of the disk, the guest can change.
        await guest.run(`blockdev --setrw /dev/${disk.name}`);
        expect(await write(guest, disk, 'anything')).toBe(false);
      }
      await site().clear();
      expect(await file.read()).toBe(file.text);
    });

    test('several at once are carried out; a look at one VM shows its own, a detach takes one', async () => {
      const [{ guest: guest1, vm: vm1 }, { guest: guest2, vm: vm2 }] = await site().vms();
      const [first, second, third] = [
        { guest: guest1, vm: vm1, device: 'xvdb', file: await site().file() },
        { guest: guest1, vm: vm1, device: 'xvdc', file: await site().file() },
        { guest: guest2, vm: vm2, device: 'xvdb', file: await site().file() },
      ] as const;
      const all = [first, second, third];
      await Promise.all(all.map(({ vm, device, file }) => site().attach(vm, device, file)));
      for (const { guest, device, file } of all) {
        expect(await read(guest, await diskOf(guest, file, device), file.text)).toBe(file.text);
      }
      const shown = ({ vm, device, file }: (typeof all)[number]) =>
        ({ vm, device, file: file.path, mode: 'w', state: 'attached' }) as const;
      const { hypervisor } = site().bench;
      const view1 = await hypervisor.look(vm1);
      expect(view1.vms).toEqual([vm1]);
      expect(new Set(view1.attachments)).toEqual(new Set([shown(first), shown(second)]));
      expect(await hypervisor.look(vm2)).toEqual({ vms: [vm2], attachments: [shown(third)] });
      await hypervisor.detach(vm1, 'xvdb');
      expect(new Set(await site().attachments())).toEqual(new Set([shown(second), shown(third)]));
      await guest1.waitForDiskGone(guest1.diskOf(first.file.volumeId, 'xvdb'), LONG_MS);
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
