import { describe, expect, test } from 'vitest';
import type { Site } from '../site.js';

export function looking(site: () => Site): void {
  describe('look', () => {
    test('shows the VMs by name and by the UUID that their guests see', async () => {
      const [{ guest: guest1 }, { guest: guest2 }] = await site().vms();
      const { uuidScript, hypervisor } = site().bench;
      const uuids = await Promise.all(
        [guest1, guest2].map(async (guest) => (await guest.run(uuidScript)).output.trim()),
      );
      const { vms, attachments } = await hypervisor.look();
      const seen = vms.map(({ name, uuid }) => ({ name, uuid }));
      expect(seen.sort((a, b) => a.name.localeCompare(b.name))).toEqual([
        { name: 'vm1', uuid: uuids[0]?.toLowerCase() },
        { name: 'vm2', uuid: uuids[1]?.toLowerCase() },
      ]);
      expect(attachments).toEqual([]);
    });

    test('at one VM shows that one only', async () => {
      const [{ vm: vm1 }, { vm: vm2 }] = await site().vms();
      const [file1, file2] = [await site().file(), await site().file()];
      await Promise.all([
        site().attach(vm1, 'xvdb', file1),
        site().attach(vm2, 'xvdc', file2, 'r'),
      ]);
      const { hypervisor } = site().bench;
      expect(await hypervisor.look(vm1)).toEqual({
        vms: [vm1],
        attachments: [{ vm: vm1, device: 'xvdb', file: file1.path, mode: 'w', state: 'attached' }],
      });
      expect(await hypervisor.look(vm2)).toEqual({
        vms: [vm2],
        attachments: [{ vm: vm2, device: 'xvdc', file: file2.path, mode: 'r', state: 'attached' }],
      });
      expect(await site().attachments()).toHaveLength(2);
    });
  });
}
