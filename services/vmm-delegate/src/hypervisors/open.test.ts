import { expect, test } from 'vitest';
import { driverNames, type HypervisorSettings, openHypervisor } from './open.js';

test('opens the driver of that name', () => {
  expect(openHypervisor({ driver: 'xen' }).name).toBe('xen');
  expect(openHypervisor({ driver: 'qemu', directory: '/run/vms', timeoutMs: 1 }).name).toBe('qemu');
  expect(driverNames).toEqual(['qemu', 'xen']);
});

test.each(['vmware', 'toString'])('refuses %s', (driver) => {
  const settings = { driver } as unknown as HypervisorSettings;
  expect(() => openHypervisor(settings)).toThrow(
    `no hypervisor driver '${driver}': use qemu or xen`,
  );
});
