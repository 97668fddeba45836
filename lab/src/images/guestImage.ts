import { fileURLToPath } from 'node:url';
import { type BootFiles, prepareBootFiles } from './initramfs.js';

/** The guest's scripts: read from the source tree, since the compiler copies no shell files. */
const SCRIPTS = ['init', 'list-disks', 'serve-host'].map((name) =>
  fileURLToPath(new URL(`../../src/guest/${name}`, import.meta.url)),
);

/**
 * What the lab's guests boot: of QEMU, with disks on a PCI bus, or of Xen, paravirtual.
 *
 * @throws {CommandError} if apt-get can't get the packages.
 */
export function prepareGuestImage(role: 'qemu-guest' | 'xen-guest'): Promise<BootFiles> {
  return prepareBootFiles(role, SCRIPTS);
}
