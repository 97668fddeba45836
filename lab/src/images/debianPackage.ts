import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@vbs-lustre/shared/process/run';

const LOOK_UP_MS = 30_000;
const DOWNLOAD_MS = 600_000;

/** The package of the kernel that Debian's `linux-image-amd64` stands for today. */
export async function kernelPackageName(): Promise<string> {
  return dependencyOf('linux-image-amd64', /linux-image-\S+/);
}

/** The first package with such a name among those that a package depends on. */
export async function dependencyOf(name: string, wanted: RegExp): Promise<string> {
  const { stdout } = await withPackageLists(() =>
    run('apt-cache', ['depends', name], { timeoutMs: LOOK_UP_MS }),
  );
  const found = new RegExp(`Depends: (${wanted.source})`).exec(stdout)?.[1];
  if (!found) throw new Error(`apt-cache doesn't say which ${wanted.source} ${name} depends on`);
  return found;
}

/** Unpacks a Debian package into `folder`, which must not exist, without installing it. */
export async function unpackPackage(name: string, folder: string): Promise<void> {
  await mkdir(folder);
  await withPackageLists(() =>
    run('apt-get', ['download', name], { cwd: folder, timeoutMs: DOWNLOAD_MS }),
  );
  await unpackAll(folder, folder);
}

/**
 * Unpacks Debian packages and all that they depend on into `folder`, which must not exist: the files of a Debian system
 * on which no package was ever set up. Nothing of this machine's own system is changed.
 */
export async function unpackWithDependencies(
  names: readonly string[],
  folder: string,
): Promise<void> {
  const downloads = `${folder}.packages`;
  await mkdir(join(downloads, 'partial'), { recursive: true });
  await mkdir(folder);
  // As if no package were installed anywhere, so that every dependency is taken too.
  const status = join(downloads, 'status');
  await writeFile(status, '');
  await withPackageLists(() =>
    run(
      'apt-get',
      [
        ...['install', '-y', '--download-only', '--no-install-recommends'],
        ...['-o', `Dir::State::status=${status}`, '-o', `Dir::Cache::archives=${downloads}`],
        ...['-o', 'Debug::NoLocking=1', ...names],
      ],
      { timeoutMs: DOWNLOAD_MS },
    ),
  );
  await unpackAll(downloads, folder);
  await rm(downloads, { recursive: true });
}

async function unpackAll(downloads: string, folder: string): Promise<void> {
  const archives = (await readdir(downloads)).filter((file) => file.endsWith('.deb'));
  if (archives.length === 0) throw new Error('apt-get downloaded no package');
  for (const archive of archives) {
    await run('dpkg-deb', ['-x', join(downloads, archive), folder], { timeoutMs: DOWNLOAD_MS });
    await rm(join(downloads, archive));
  }
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
