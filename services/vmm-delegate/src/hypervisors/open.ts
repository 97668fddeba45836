import type { Hypervisor } from './driver.js';
import { openQemu } from './qemu.js';
import { openXen } from './xen.js';

/** Every hypervisor there is: a new one is a file of its own and a line here. */
const drivers = { qemu: openQemu, xen: openXen };

export type DriverName = keyof typeof drivers;

/** The driver's name and its own options beside it. */
export type HypervisorSettings = {
  [Name in DriverName]: { driver: Name } & Parameters<(typeof drivers)[Name]>[0];
}[DriverName];

/** For checking a settings file, and for the sentence that says what may stand there. */
export const driverNames = Object.keys(drivers) as DriverName[];

/** @throws {Error} if there is no driver of that name. */
export function openHypervisor(settings: HypervisorSettings): Hypervisor {
  if (!Object.hasOwn(drivers, settings.driver)) {
    throw new Error(`no hypervisor driver '${settings.driver}': use ${driverNames.join(' or ')}`);
  }
  // The compiler can't see that a name and the options beside it belong together.
  const open = drivers[settings.driver] as (options: HypervisorSettings) => Hypervisor;
  return open(settings);
}
