import { describe, expect, test } from 'vitest';
import { HypervisorError } from '../../../services/vmm-delegate/src/hypervisors/driver.js';
import { diskOf, read, type Site } from '../site.js';

const NO_NAMES = ['', 'XVDB', '-f', 'xvdb,access=w', 'xvdb/..', 'xvdb xvdc', 'x'.repeat(28)];

export function refusing(site: () => Site): void {
  describe('attach fails', () => {
    test('for a device in use, and the first one stays', async () => {
      const { guest, vm } = await site().vm('vm1');
      const [first, second] = [await site().file(), await site().file()];
      await site().attach(vm, 'xvdb', first, 'r');
      await expect(site().attach(vm, 'xvdb', second, 'w')).rejects.toThrow(HypervisorError);
      expect(await site().attachments()).toEqual([
        { vm, device: 'xvdb', file: first.path, mode: 'r', state: 'attached' },
      ]);
      expect(await read(guest, await diskOf(guest, first, 'xvdb'), first.text)).toBe(first.text);
    });

    test('for a file that does not exist, and what may be left of it is detached', async () => {
      const { vm } = await site().vm('vm1');
      const { hypervisor, folder } = site().bench;
      const file = `${folder.there}/nowhere`;
      const order = { vm, device: 'xvdb', file, mode: 'w', serial: 'vol' } as const;
      await expect(hypervisor.attach(order)).rejects.toThrow(HypervisorError);
      for (const { state } of await site().attachments()) expect(state).toBe('incomplete');
      await hypervisor.detach(vm, 'xvdb');
      expect(await site().attachments()).toEqual([]);
    });

    test('for a VM that does not run', async () => {
      const { vm } = await site().vm('vm1');
      const attach = site().attach({ ...vm, name: 'vm9' }, 'xvdb', await site().file());
      await expect(attach).rejects.toThrow(HypervisorError);
      await expect(attach).rejects.toThrow('vm9');
      expect(await site().attachments()).toEqual([]);
    });

    test('for the name of one VM with the UUID of another', async () => {
      const [{ vm: vm1 }, { vm: vm2 }] = await site().vms();
      const file = await site().file();
      const mixed = { ...vm1, uuid: vm2.uuid };
      await expect(site().attach(mixed, 'xvdb', file)).rejects.toThrow(HypervisorError);
      expect(await site().bench.hypervisor.look(mixed)).toEqual({ vms: [], attachments: [] });
      expect(await site().attachments()).toEqual([]);
    });

    test('for what is no name of a device, as does a detach', async () => {
      const { vm } = await site().vm('vm1');
      const file = await site().file();
      const isRefused = async (order: Promise<void>, name: string) => {
        await expect(order, name).rejects.toThrow(HypervisorError);
        await expect(order, name).rejects.toThrow('not the name of a device');
      };
      for (const name of NO_NAMES) {
        await isRefused(site().attach(vm, name, file), name);
        await isRefused(site().bench.hypervisor.detach(vm, name), name);
      }
      expect(await site().attachments()).toEqual([]);
    });
  });
}
