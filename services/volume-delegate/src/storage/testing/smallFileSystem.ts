import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@vbs-lustre/shared/process/run';

/**
 * Mounts a real, empty file system of 100 MiB.
 *
 * @throws {Error} if the test does not run as root.
 */
export async function mountSmallFileSystem(): Promise<{
  directory: string;
  unmount(): Promise<void>;
}> {
  if (process.getuid?.() !== 0) {
    throw new Error('this test mounts a small tmpfs: run it as root (sudo, or unshare -Urm)');
  }
  const directory = await mkdtemp(join(tmpdir(), 'small-fs-'));
  await run('mount', ['-t', 'tmpfs', '-o', 'size=100m,mode=700', 'tmpfs', directory], {
    timeoutMs: 10_000,
  });
  return {
    directory,
    unmount: async () => {
      await run('umount', [directory], { timeoutMs: 10_000 });
      await rmdir(directory);
    },
  };
}
