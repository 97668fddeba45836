import { createHash } from 'node:crypto';
import { copyFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildOnce } from './buildOnce.js';
import { kernelPackageName, unpackPackage } from './debianPackage.js';

/**
 * What a disk on a PCI bus with an ext2 file system needs, each module after those it depends on.
 * ext4 serves ext2 as well; PCI hot-plug is built into Debian's kernel.
 */
const MODULES = [
  'virtio_ring',
  'virtio',
  'virtio_pci_modern_dev',
  'virtio_pci_legacy_dev',
  'virtio_pci',
  'virtio_blk',
  'crc16',
  'mbcache',
  'crc32c_generic',
  'jbd2',
  'ext4',
];

/** Paths of what the guest is made of, in the cache. */
export interface GuestParts {
  kernel: string;
  busybox: string;
  /** In the order in which they are to be loaded. */
  modules: string[];
}

/**
 * Takes the kernel, its modules and a static busybox from Debian's packages. Neither package is
 * installed: a kernel in the host's /boot could become the host's own, and busybox-static pushes out
 * the busybox that the host boots with. Downloads about 70 MB the first time.
 *
 * @throws {CommandError} if apt-get can't get the packages.
 */
export async function prepareGuestParts(): Promise<GuestParts> {
  const version = createHash('sha256').update(MODULES.join()).digest('hex').slice(0, 8);
  const folder = await buildOnce(`guest-parts-${version}`, collectParts);
  return {
    kernel: join(folder, 'vmlinuz'),
    busybox: join(folder, 'busybox'),
    modules: MODULES.map((name) => join(folder, `${name}.ko`)),
  };
}

async function collectParts(folder: string): Promise<void> {
  const kernel = join(folder, 'kernel-package');
  const tools = join(folder, 'busybox-package');
  await unpackPackage(await kernelPackageName(), kernel);
  await unpackPackage('busybox-static', tools);
  const files = [...(await listFiles(kernel)), ...(await listFiles(tools))];
  const take = async (name: string, pattern: RegExp) => {
    const path = files.find((file) => pattern.test(file));
    if (!path) throw new Error(`Debian's packages of the kernel and busybox have no ${name}`);
    await copyFile(path, join(folder, name));
  };
  await take('vmlinuz', /\/boot\/vmlinuz-[^/]+$/);
  await take('busybox', /\/bin\/busybox$/);
  for (const name of MODULES) {
    const fileName = name.replaceAll('_', '[-_]');
    await take(`${name}.ko`, new RegExp(`/${fileName}\\.ko$`));
  }
  await rm(kernel, { recursive: true });
  await rm(tools, { recursive: true });
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}
