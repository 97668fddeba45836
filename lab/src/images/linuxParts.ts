import { createHash } from 'node:crypto';
import { copyFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildOnce } from './buildOnce.js';
import { kernelPackageName, unpackPackage } from './debianPackage.js';
import { copyModules } from './kernelModules.js';

// ext4 serves ext2 as well; crc32c is found by its name at run time, so no module says that it needs it.
const FILE_SYSTEM = ['crc32c_generic', 'ext4'];
const VIRTIO_DISK = ['virtio_pci', 'virtio_blk'];

/** What a kernel needs to be the guest of QEMU, a paravirtual guest of Xen, or the control domain of Xen. */
const MODULES = {
  // PCI hot-plug is built into Debian's kernel.
  'qemu-guest': [...VIRTIO_DISK, ...FILE_SYSTEM],
  'xen-guest': ['xen_blkfront', ...FILE_SYSTEM],
  dom0: [
    ...[...VIRTIO_DISK, 'virtio_net', 'virtio_console', '9pnet_virtio', '9p', ...FILE_SYSTEM],
    // A file system that shares blocks between files.
    'xfs',
    ...['loop', 'xen_blkback', 'xen_gntdev', 'xen_gntalloc', 'xen_evtchn', 'xen_privcmd', 'xenfs'],
  ],
};

export type LinuxRole = keyof typeof MODULES;

/** Paths of what machines of the lab are made of, in the cache. */
export interface LinuxParts {
  kernel: string;
  busybox: string;
}

/**
 * Takes the kernel, its modules and a static busybox from Debian's packages. Neither package is
 * installed: a kernel in the host's /boot could become the host's own, and busybox-static pushes out
 * the busybox that the host boots with. Downloads about 70 MB the first time.
 *
 * @throws {CommandError} if apt-get can't get the packages.
 */
export async function prepareLinuxParts(): Promise<LinuxParts> {
  const folder = await prepareFolder();
  return { kernel: join(folder, 'vmlinuz'), busybox: join(folder, 'busybox') };
}

/** Paths of the modules for a role, in the order in which they are to be loaded. */
export async function prepareModules(role: LinuxRole): Promise<string[]> {
  const folder = join(await prepareFolder(), role);
  return (await readdir(folder)).sort().map((name) => join(folder, name));
}

function prepareFolder(): Promise<string> {
  const version = createHash('sha256').update(JSON.stringify(MODULES)).digest('hex').slice(0, 8);
  return buildOnce(`linux-${version}`, collectParts);
}

async function collectParts(folder: string): Promise<void> {
  const kernel = join(folder, 'kernel-package');
  const tools = join(folder, 'busybox-package');
  await unpackPackage(await kernelPackageName(), kernel);
  await unpackPackage('busybox-static', tools);
  const [image] = (await readdir(join(kernel, 'boot'))).filter((name) => /^vmlinuz-/.test(name));
  if (!image) throw new Error("Debian's package of the kernel has no kernel");
  await copyFile(join(kernel, 'boot', image), join(folder, 'vmlinuz'));
  await copyFile(join(tools, 'bin/busybox'), join(folder, 'busybox'));
  for (const [role, names] of Object.entries(MODULES)) {
    await copyModules(kernel, names, join(folder, role));
  }
  await rm(kernel, { recursive: true });
  await rm(tools, { recursive: true });
}
