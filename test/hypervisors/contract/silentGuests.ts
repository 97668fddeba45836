import { describe, expect, test } from 'vitest';
import { HypervisorError } from '../../../services/vmm-delegate/src/hypervisors/driver.js';
import { diskOf, LONG_MS, type Site, write } from '../site.js';

/** A guest that does not answer: its VM is paused. */
export function silentGuests(site: () => Site): void {
  describe('a guest that does not answer', () => {
    test('gets a device that counts as attached only if it can be used', async () => {
      const { guest, vm } = await site().vm('vm1');
      const file = await site().file();
      await site().pause('vm1');
      await site()
        .bench.impatient.attach(site().order(vm, 'xvdb', file))
        .catch((error) => expect(error).toBeInstanceOf(HypervisorError));
      const [whilePaused] = await site().attachments(vm);
      await site().resume('vm1');
      if (!whilePaused) return expect(await guest.disks()).toEqual([]);
      // Whatever it was, it must come to work, and the view must say so then.
      const disk = await diskOf(guest, file, 'xvdb');
      expect(await write(guest, disk, 'used')).toBe(true);
      await expect
        .poll(() => site().attachments(vm), { timeout: LONG_MS })
        .toMatchObject([{ device: 'xvdb', file: file.path, mode: 'w', state: 'attached' }]);
    });

    test('keeps its device: a detach fails in time, and leaves nothing when it is repeated', async () => {
      const { guest, vm } = await site().vm('vm1');
      const file = await site().file();
      await site().attach(vm, 'xvdb', file);
      await diskOf(guest, file, 'xvdb');
      await site().pause('vm1');
      const detach = site().bench.impatient.detach(vm, 'xvdb');
      await expect(detach).rejects.toThrow(HypervisorError);
      expect(await site().attachments()).toMatchObject([{ device: 'xvdb', file: file.path }]);
      expect(await site().bench.heldFiles()).toEqual([file.path]);
      await site().resume('vm1');
      await site().bench.hypervisor.detach(vm, 'xvdb');
      expect(await site().attachments()).toEqual([]);
      expect(await site().bench.heldFiles()).toEqual([]);
    });

    test('loses its device by force, where the hypervisor has that', async () => {
      const { guest, vm } = await site().vm('vm1');
      const file = await site().file();
      await site().attach(vm, 'xvdb', file);
      await diskOf(guest, file, 'xvdb');
      await site().pause('vm1');
      const detach = site().bench.impatient.detach(vm, 'xvdb', { force: true });
      if (site().bench.hasForce) {
        await detach;
        expect(await site().attachments()).toEqual([]);
        expect(await site().bench.heldFiles()).toEqual([]);
      } else {
        await expect(detach).rejects.toThrow(HypervisorError);
        expect(await site().attachments()).toMatchObject([{ device: 'xvdb', file: file.path }]);
      }
      await site().resume('vm1');
      // Where it was only asked for, the guest answers now.
      await guest.waitForDiskGone(guest.diskOf(file.volumeId, 'xvdb'), LONG_MS);
    });
  });
}
