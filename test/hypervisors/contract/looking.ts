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
  });
}
