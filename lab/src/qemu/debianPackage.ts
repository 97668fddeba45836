import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@vbs-lustre/shared/process/run';

const LOOK_UP_MS = 30_000;
const DOWNLOAD_MS = 600_000;

/** The package of the kernel that Debian's `linux-image-amd64` stands for today. */
export async function kernelPackageName(): Promise<string> {
  const { stdout } = await withPackageLists(() =>
    run('apt-cache', ['depends', 'linux-image-amd64'], { timeoutMs: LOOK_UP_MS }),
  );
  const name = /Depends: (linux-image-\S+)/.exec(stdout)?.[1];
  if (!name) throw new Error("apt-cache doesn't say which kernel linux-image-amd64 depends on");
  return name;
}

/** Unpacks a Debian package into `folder`, which must not exist, without installing it. */
export async function unpackPackage(name: string, folder: string): Promise<void> {
  await mkdir(folder);
  await withPackageLists(() =>
    run('apt-get', ['download', name], { cwd: folder, timeoutMs: DOWNLOAD_MS }),
  );
  const archive = (await readdir(folder)).find((file) => file.endsWith('.deb'));
  if (!archive) throw new Error(`apt-get downloaded no package ${name}`);
  await run('dpkg-deb', ['-x', join(folder, archive), folder], { timeoutMs: DOWNLOAD_MS });
  await rm(join(folder, archive));
}

/** Fresh images of Debian come without package lists, and old lists name packages that are gone. */
async function withPackageLists<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch {
    await run('apt-get', ['update'], { timeoutMs: DOWNLOAD_MS });
    return ask();
  }
}
