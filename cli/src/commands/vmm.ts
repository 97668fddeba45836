import { UsageError } from '../commandError.js';
import type { Settings } from '../settings/settings.js';

/** The host that a machine runs on. @throws {UsageError} naming the flag for it */
export function vmmOf({ vmm }: Settings, flag: string): string {
  if (vmm) return vmm;
  throw new UsageError(
    `The host of the machine is not set: give ${flag} HOST or VBS_VMM, or set a usual one by vbs configure --vmm HOST.`,
  );
}
