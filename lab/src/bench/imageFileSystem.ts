import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@vbs-lustre/shared/process/run';

const TIMEOUT_MS = 600_000;
const MIB = 1024 ** 2;

/** What makes each: xfs shares blocks, ext4 does not. */
export const MAKERS = {
  ext4: ['mkfs.ext4', '-q', '-F', '-m', '0', '-E', 'nodiscard'],
  xfs: ['mkfs.xfs', '-q', '-K'],
} as const;

/** An empty file system in an image, mounted at a folder. @throws {Error} if this is not root's process */
export class ImageFileSystem {
  readonly #folder: string;
  readonly #mountPoint: string;

  private constructor(folder: string, mountPoint: string) {
    this.#folder = folder;
    this.#mountPoint = mountPoint;
  }

  /** @param isSparse else its space is written first, so that no copy waits for the image to grow */
  static async mount(
    kind: keyof typeof MAKERS,
    mountPoint: string,
    bytes: number,
    isSparse: boolean,
  ): Promise<ImageFileSystem> {
    const folder = await mkdtemp(join(tmpdir(), 'vbs-image-'));
    const image = join(folder, 'image');
    const how = isSparse
      ? ['truncate', '-s', `${bytes}`, image]
      : ['dd', 'if=/dev/zero', `of=${image}`, 'bs=4M', `count=${bytes / (4 * MIB)}`, 'conv=fsync'];
    try {
      await act(how);
      await act([...MAKERS[kind], image]);
      await act(['mount', '-o', 'loop', image, mountPoint]);
    } catch (error) {
      await rm(folder, { recursive: true });
      throw error;
    }
    await act(['chmod', '700', mountPoint]);
    return new ImageFileSystem(folder, mountPoint);
  }

  /** What is deleted is gone at once. */
  async settled(): Promise<void> {}

  async unmount(): Promise<void> {
    await act(['umount', this.#mountPoint]);
    await rm(this.#folder, { recursive: true });
  }
}

async function act([program = '', ...args]: readonly string[]): Promise<void> {
  await run(program, args, { timeoutMs: TIMEOUT_MS });
}
