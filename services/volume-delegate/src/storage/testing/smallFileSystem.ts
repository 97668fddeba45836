import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '@vbs-lustre/shared/process/run';

export interface SmallFileSystem {
  directory: string;
  unmount(): Promise<void>;
}

const IMAGE_MIB = 512;

/** So often, and so far apart, it is tried to unmount one. */
const TRIES = 999;
const PAUSE_MS = 50;

/**
 * File systems in an image, made and mounted so: xfs and btrfs share blocks, ext4 does not; ext2 does not even set space
 * aside.
 */
const MAKE = {
  ext2: ['mkfs.ext2', '-q', '-F', '-m', '0'],
  ext4: ['mkfs.ext4', '-q', '-F', '-m', '0'],
  xfs: ['mkfs.xfs', '-q'],
  btrfs: ['mkfs.btrfs', '-q'],
} as const;

export type ImageKind = keyof typeof MAKE;

/**
 * Mounts a real, empty file system of 100 MiB.
 *
 * @throws {Error} if the test does not run as root.
 */
export async function mountSmallFileSystem(): Promise<SmallFileSystem> {
  checkRoot();
  const root = await mkdtemp(join(tmpdir(), 'small-fs-'));
  return mount(root, ['-t', 'tmpfs', '-o', 'size=100m,mode=700', 'tmpfs', root], root);
}

/**
 * Mounts a real, empty file system of this kind, of some 500 MiB.
 *
 * @throws {Error} if the test does not run as root.
 */
export async function mountImage(kind: ImageKind): Promise<SmallFileSystem> {
  checkRoot();
  const root = await mkdtemp(join(tmpdir(), 'small-fs-'));
  const [image, directory] = [join(root, 'image'), await mkdtemp(join(root, 'mount-'))];
  const file = await open(image, 'w');
  await file.truncate(IMAGE_MIB * 1024 ** 2);
  await file.close();
  const [program, ...args] = MAKE[kind];
  await run(program, [...args, image], { timeoutMs: 60_000 });
  return mount(root, ['-o', 'loop', image, directory], directory);
}

async function mount(
  root: string,
  args: readonly string[],
  directory: string,
): Promise<SmallFileSystem> {
  await run('mount', args, { timeoutMs: 60_000 });
  return {
    directory,
    unmount: async () => {
      await unmount(directory);
      await rm(root, { recursive: true });
    },
  };
}

/** What follows an order that is done may still be at work there: the removal of what shows whose file an export is, say. */
async function unmount(directory: string): Promise<void> {
  for (let tries = TRIES; ; tries -= 1) {
    try {
      await run('umount', [directory], { timeoutMs: 60_000 });
      return;
    } catch (error) {
      if (tries === 0) throw error;
      await delay(PAUSE_MS);
    }
  }
}

function checkRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new Error('this test mounts small file systems: run it as root (sudo, or unshare -Urm)');
}
