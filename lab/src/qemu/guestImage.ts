import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildOnce } from './buildOnce.js';
import { type CpioFile, writeCpio } from './cpio.js';
import { type GuestParts, prepareGuestParts } from './guestParts.js';

/** The guest's scripts: read from the source tree, since the compiler copies no shell files. */
const SCRIPTS = fileURLToPath(new URL('../../src/qemu/guest/', import.meta.url));

const FOLDER = 0o040755;
const PROGRAM = 0o100755;
const FILE = 0o100644;

/** Paths of the two files that QEMU boots. */
export interface GuestImage {
  kernel: string;
  initramfs: string;
}

/**
 * Builds the lab's guest unless the cache has it, built from the same scripts. Safe to call at the
 * same time from several processes.
 *
 * @throws {CommandError} if apt-get can't get the packages.
 */
export async function prepareGuestImage(): Promise<GuestImage> {
  const parts = await prepareGuestParts();
  const archive = writeCpio(await guestFiles(parts));
  const version = createHash('sha256').update(archive).digest('hex').slice(0, 8);
  const folder = await buildOnce(`guest-${version}`, (unfinished) =>
    writeFile(join(unfinished, 'initramfs'), archive),
  );
  return { kernel: parts.kernel, initramfs: join(folder, 'initramfs') };
}

async function guestFiles(parts: GuestParts): Promise<CpioFile[]> {
  const modules = parts.modules.map(async (source, index): Promise<CpioFile> => {
    // Numbered, so that the guest loads them in this order.
    const path = `modules/${String(index).padStart(2, '0')}.ko`;
    return { path, mode: FILE, content: await readFile(source) };
  });
  return [
    { path: 'bin', mode: FOLDER, content: Buffer.of() },
    { path: 'modules', mode: FOLDER, content: Buffer.of() },
    { path: 'init', mode: PROGRAM, content: await readFile(join(SCRIPTS, 'init')) },
    { path: 'bin/list-disks', mode: PROGRAM, content: await readFile(join(SCRIPTS, 'list-disks')) },
    { path: 'bin/busybox', mode: PROGRAM, content: await readFile(parts.busybox) },
    ...(await Promise.all(modules)),
  ];
}
