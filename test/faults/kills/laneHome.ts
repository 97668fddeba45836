import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asRoot } from '../../support/asRoot.js';
import { SmallDisk } from '../hostile/disk.js';

export type FileSystem = Parameters<typeof SmallDisk.mountImage>[1];

const DISK_MIB = 1024;

/** Where a lane keeps everything. */
export class LaneHome {
  readonly path: string;
  readonly #folder: string;
  readonly #disk: SmallDisk | undefined;

  private constructor(folder: string, disk: SmallDisk | undefined) {
    this.#folder = folder;
    this.#disk = disk;
    this.path = join(disk?.path ?? folder, 'home');
    mkdirSync(this.path, { mode: 0o700 });
  }

  /** @param fileSystem of its own; else it is among the other temporary files */
  static make(fileSystem?: FileSystem): LaneHome {
    const folder = mkdtempSync(join(tmpdir(), 'vbs-kills-'));
    try {
      const disk = fileSystem && SmallDisk.mountImage(join(folder, 'disk'), fileSystem, DISK_MIB);
      return new LaneHome(folder, disk);
    } catch (error) {
      rmSync(folder, { recursive: true });
      throw error;
    }
  }

  /** Nothing stays mounted. @returns where everything is kept, if it is to be */
  remove(keep: boolean): string | undefined {
    if (keep && !this.#disk) return this.path;
    const kept = join(this.#folder, 'kept');
    try {
      if (keep) asRoot('cp', '--archive', '--sparse=always', this.path, kept);
    } finally {
      this.#unmount();
    }
    if (keep) return kept;
    rmSync(this.#folder, { recursive: true });
  }

  /** @throws {Error} if somebody is still at work there; it is gone when that one is */
  #unmount(): void {
    try {
      this.#disk?.unmount();
    } catch (error) {
      asRoot('umount', '--lazy', (this.#disk as SmallDisk).path);
      throw error;
    }
  }
}
