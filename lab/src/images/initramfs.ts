import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { buildOnce } from './buildOnce.js';
import { type CpioFile, writeCpio } from './cpio.js';
import { type LinuxRole, prepareLinuxParts, prepareModules } from './linuxParts.js';

const FOLDER = 0o040755;
const PROGRAM = 0o100755;
const FILE = 0o100644;

/** Paths of the two files that a machine boots. */
export interface BootFiles {
  kernel: string;
  initramfs: string;
}

/**
 * Builds what a machine boots, unless the cache has it: Debian's kernel with the modules for its role, busybox, and
 * these scripts in /bin, of which `init` is the first program. Safe to call at the same time from several processes.
 *
 * @throws {CommandError} if apt-get can't get the packages.
 */
export async function prepareBootFiles(
  role: LinuxRole,
  scripts: readonly string[],
): Promise<BootFiles> {
  const { kernel, busybox } = await prepareLinuxParts();
  const archive = writeCpio([
    { path: 'bin', mode: FOLDER, content: Buffer.of() },
    { path: 'modules', mode: FOLDER, content: Buffer.of() },
    await file('bin/busybox', PROGRAM, busybox),
    ...(await all(scripts, (script) => {
      const name = basename(script);
      return file(name === 'init' ? name : `bin/${name}`, PROGRAM, script);
    })),
    ...(await all(await prepareModules(role), (module) =>
      file(`modules/${basename(module)}`, FILE, module),
    )),
  ]);
  const version = createHash('sha256').update(archive).digest('hex').slice(0, 8);
  const folder = await buildOnce(`${role}-${version}`, (unfinished) =>
    writeFile(join(unfinished, 'initramfs'), archive),
  );
  return { kernel, initramfs: join(folder, 'initramfs') };
}

async function file(path: string, mode: number, source: string): Promise<CpioFile> {
  return { path, mode, content: await readFile(source) };
}

function all<T, U>(items: readonly T[], make: (item: T) => Promise<U>): Promise<U[]> {
  return Promise.all(items.map(make));
}
