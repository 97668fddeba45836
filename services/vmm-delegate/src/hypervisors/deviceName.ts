import { HypervisorError } from './driver.js';

/** Short enough that a prefix still fits in the 31 characters of a QEMU node name. */
const DEVICE_NAME = /^[a-z][a-z0-9]{0,26}$/;

/**
 * The name becomes part of a disk specification or of an id, where a comma or a slash would mean something.
 *
 * @throws {HypervisorError} if it is anything but small letters and digits, at most 27 of them.
 */
export function assertDeviceName(device: string): void {
  if (!DEVICE_NAME.test(device)) {
    throw new HypervisorError(`not the name of a device: ${JSON.stringify(device)}`);
  }
}
