import { createHash } from 'node:crypto';
import { chmod, copyFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildOnce } from '../images/buildOnce.js';
import { prepareGuestImage } from '../images/guestImage.js';
import { type BootFiles, prepareBootFiles } from '../images/initramfs.js';

/** Read from the source tree, since the compiler copies no shell files. */
const SCRIPTS = fileURLToPath(new URL('../../src/xen/dom0/', import.meta.url));

export interface HostFiles {
  /** What the control domain boots. */
  boot: BootFiles;
  /** The folder that it sees as /lab: its own scripts, and what its guests boot. */
  lab: string;
}

/** @throws {CommandError} if apt-get can't get the packages. */
export async function prepareHostFiles(): Promise<HostFiles> {
  const boot = await prepareBootFiles('dom0', [join(SCRIPTS, 'init')]);
  const guest = await prepareGuestImage('xen-guest');
  const names = (await readdir(SCRIPTS)).filter((name) => name !== 'init').sort();
  const contents = await Promise.all(names.map((name) => readFile(join(SCRIPTS, name), 'utf8')));
  const recipe = [guest.kernel, guest.initramfs, ...names, ...contents].join('\0');
  const version = createHash('sha256').update(recipe).digest('hex').slice(0, 8);
  const lab = await buildOnce(`xen-lab-${version}`, async (folder) => {
    await copyFile(guest.kernel, join(folder, 'guest-kernel'));
    await copyFile(guest.initramfs, join(folder, 'guest-initramfs'));
    for (const name of names) {
      await copyFile(join(SCRIPTS, name), join(folder, name));
      await chmod(join(folder, name), 0o755);
    }
  });
  return { boot, lab };
}
