import type { Log } from '@vbs-lustre/shared/log';
import { run } from '@vbs-lustre/shared/process/run';
import { LustreStorage } from './lustre.js';
import { PosixStorage } from './posix.js';
import type { Storage } from './storage.js';

/** What `stat -f -c %t` prints for a mounted Lustre client. */
const LUSTRE_MAGIC = 'bd00bd0';

export interface StorageSettings {
  /** The volume directory, an absolute path. */
  directory: string;
  /** `auto` looks at what the directory lies on. */
  kind: 'auto' | 'posix' | 'lustre';
  /** Lustre only, as `lfs setstripe -S` takes it, such as `4M`. */
  stripeSize: string;
  /** Lustre only. */
  stripeCount: number;
  /** Lustre only: copies of their data that files have which do not say it themselves. */
  mirrors: number;
  /** The most that a file can have. */
  mostMirrors: number;
  /** After so many milliseconds a program that looks at the file system is killed. */
  commandTimeoutMs: number;
  programs: { lfs: string; stat: string };
}

/**
 * The storage that a volume directory lies on.
 *
 * @throws {CommandError} if the directory can't be looked at.
 * @throws {Error} if the settings want Lustre and the directory is on something else: the files would fill
 * the disk under a mount point on which nothing is mounted. Or if files are to have mirrors elsewhere.
 */
export async function openStorage(settings: StorageSettings, log?: Log): Promise<Storage> {
  const { kind, directory } = settings;
  if (kind === 'posix') return openPosix(settings);
  const magic = await statOf(settings, ['-f', '-c', '%t']);
  if (magic === LUSTRE_MAGIC) {
    const mountPoint = await statOf(settings, ['-c', '%m']);
    return new LustreStorage({ ...settings, mountPoint }, log);
  }
  if (kind === 'auto') return openPosix(settings);
  throw new Error(
    `the volume directory ${directory} is not on a Lustre file system (magic number ${magic}, not ` +
      `${LUSTRE_MAGIC}): is Lustre mounted there?`,
  );
}

function openPosix(settings: StorageSettings): Storage {
  if (settings.mostMirrors === 1) return new PosixStorage(settings);
  throw new Error(
    `the volume directory ${settings.directory} is not used as one on Lustre, and no other file system has mirrors: set mirrors to 1, also in volumeTypes`,
  );
}

async function statOf(settings: StorageSettings, format: string[]): Promise<string> {
  const { programs, directory, commandTimeoutMs } = settings;
  const args = [...format, '--', directory];
  const { stdout } = await run(programs.stat, args, { timeoutMs: commandTimeoutMs });
  return stdout.trim();
}
