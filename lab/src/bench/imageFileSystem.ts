import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@vbs-lustre/shared/process/run';

const TIMEOUT_MS = 120_000;

/** What makes each: xfs shares blocks, ext4 does not. */
export const MAKERS = {
  ext4: ['mkfs.ext4', '-q', '-F', '-m', '0'],
  xfs: ['mkfs.xfs', '-q'],
} as const;

/** An empty file system in a sparse image, mounted at a folder. @throws {Error} if this is not root's process */
export class ImageFileSystem {
  readonly #folder: string;
  readonly #mountPoint: string;

  private constructor(folder: string, mountPoint: string) {
    this.#folder = folder;
    this.#mountPoint = mountPoint;
  }

  static async mount(
    kind: keyof typeof MAKERS,
    mountPoint: string,
    bytes: number,
  ): Promise<ImageFileSystem> {
    const folder = await mkdtemp(join(tmpdir(), 'vbs-image-'));
    const image = join(folder, 'image');
    const file = await open(image, 'w');
    await file.truncate(bytes);
    await file.close();
    const [program, ...args] = MAKERS[kind];
    await run(program, [...args, image], { timeoutMs: TIMEOUT_MS });
    await run('mount', ['-o', 'loop', image, mountPoint], { timeoutMs: TIMEOUT_MS });
    await run('chmod', ['700', mountPoint], { timeoutMs: TIMEOUT_MS });
    return new ImageFileSystem(folder, mountPoint);
  }

  async unmount(): Promise<void> {
    await run('umount', [this.#mountPoint], { timeoutMs: TIMEOUT_MS });
    await rm(this.#folder, { recursive: true });
  }
}
