import {
  closeSync,
  mkdirSync,
  openSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { MAKERS } from '@vbs-lustre/lab/bench/imageFileSystem';
import { asRoot, unmount } from '../../support/asRoot.js';

const MIB = 1024 * 1024;
const HOG = 'hog';

/** A small file system of its own, which can be filled and be made read-only. */
export class SmallDisk {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** One in memory. @throws {Error} that says what is missing, where nothing can be mounted */
  static mount(path: string, sizeMiB: number): SmallDisk {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    asRoot('mount', '-t', 'tmpfs', '-o', `size=${sizeMiB}m,mode=700`, 'tmpfs', path);
    return new SmallDisk(path);
  }

  /** A real one, in a sparse image beside it. @throws {Error} that says what is missing, where nothing can be mounted */
  static mountImage(path: string, kind: keyof typeof MAKERS, sizeMiB: number): SmallDisk {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const image = imageOf(path);
    writeFileSync(image, '');
    truncateSync(image, sizeMiB * MIB);
    const [program, ...args] = MAKERS[kind];
    asRoot(program, ...args, image);
    asRoot('mount', '-o', 'loop', image, path);
    asRoot('chmod', '700', path);
    return new SmallDisk(path);
  }

  /** What is left for files. */
  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize;
  }

  /** Takes all the space but for so much. Nothing is written, so that it is quick. */
  fillBut(leftMiB: number): void {
    const size = this.freeBytes - leftMiB * MIB;
    asRoot('fallocate', '--length', String(size), join(this.path, HOG));
  }

  /** Takes all the space that there is, to the last byte. */
  fill(): void {
    const hog = openSync(join(this.path, HOG), 'a');
    for (const size of [MIB, 1]) writeUntilFull(hog, Buffer.alloc(size));
    closeSync(hog);
  }

  /** Gives the space back, if it was taken. */
  free(): void {
    rmSync(join(this.path, HOG), { force: true });
  }

  /** @throws {Error} while a file is open for writing there, as by dd */
  makeReadOnly(): void {
    asRoot('mount', '-o', 'remount,ro', this.path);
  }

  makeWritable(): void {
    asRoot('mount', '-o', 'remount,rw', this.path);
  }

  unmount(): void {
    unmount(this.path);
    rmSync(imageOf(this.path), { force: true });
  }
}

function imageOf(path: string): string {
  return `${path}.image`;
}

function writeUntilFull(file: number, bytes: Buffer): void {
  try {
    while (writeSync(file, bytes) > 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
