import { describe, expect, test } from 'vitest';
import { HypervisorError } from '../../../services/vmm-delegate/src/hypervisors/driver.js';
import { diskOf, LONG_MS, read, type Site, write } from '../site.js';

export function endedVms(site: () => Site): void {
  describe('a VM that has ended', () => {
    test('has taken its attachments with it: the file can be attached to another', async () => {
      const [{ guest: guest1, vm: vm1 }, { guest: guest2, vm: vm2 }] = await site().vms();
      const file = await site().file();
      await site().attach(vm1, 'xvdb', file);
      const text = 'the last words';
      expect(await write(guest1, await diskOf(guest1, file, 'xvdb'), text)).toBe(true);
      await site().crash('vm1');
      const { hypervisor } = site().bench;
      expect(await hypervisor.look()).toEqual({ vms: [vm2], attachments: [] });
      expect(await site().bench.heldFiles()).toEqual([]);
      await expect(hypervisor.detach(vm1, 'xvdb')).resolves.toBeUndefined();
      await site().attach(vm2, 'xvdb', file);
      expect(await read(guest2, await diskOf(guest2, file, 'xvdb'), text)).toBe(text);
    });

    test('is not the one that was started under its name since', async () => {
      const old = await site().endedVm('vm1');
      const { vm } = await site().vm('vm1');
      expect(vm.uuid).not.toBe(old.uuid);
      const { hypervisor } = site().bench;
      expect(await site().attachments()).toEqual([]);
      expect(await hypervisor.look(old)).toEqual({ vms: [], attachments: [] });
      const file = await site().file();
      await expect(site().attach(old, 'xvdb', file)).rejects.toThrow(HypervisorError);
      expect(await site().attachments()).toEqual([]);
      await site().attach(vm, 'xvdb', file);
      await hypervisor.detach(old, 'xvdb');
      expect(await site().attachments()).toEqual([
        { vm, device: 'xvdb', file: file.path, mode: 'w', state: 'attached' },
      ]);
    });

    test('by its own will has taken them with it too', async () => {
      const { vm } = await site().vm('vm2');
      const file = await site().file();
      await site().attach(vm, 'xvdb', file);
      expect(await site().bench.heldFiles()).toEqual([file.path]);
      await site().powerOff('vm2');
      const { hypervisor } = site().bench;
      await expect
        .poll(() => hypervisor.look(vm), { timeout: LONG_MS })
        .toEqual({ vms: [], attachments: [] });
      await expect.poll(() => site().bench.heldFiles(), { timeout: LONG_MS }).toEqual([]);
      expect(await site().attachments()).toEqual([]);
    });
  });
}
