import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { asRoot, unmount } from '../../support/asRoot.js';
import { SmallDisk } from './disk.js';

/** What of the device still works when it fails: the folders at its beginning, and none of the files' data. */
const LEFT_BYTES = 8 * 1024 * 1024;

/**
 * An ext4 on a loop device that can be made to fail: the device's size limit is lowered under the mounted file system, so
 * that the kernel ends reads and writes beyond it with EIO, as of a disk that has gone. What was written before stays, and
 * is there again when the limit is taken away. (Device mapper's `error` target would do as well, but not every kernel has it.)
 */
export class FailingDevice {
  readonly path: string;
  readonly #images: SmallDisk;
  readonly #device: string;
  readonly #over: string[] = [];

  private constructor(path: string, images: SmallDisk, device: string) {
    this.path = path;
    this.#images = images;
    this.#device = device;
  }

  /** @param images a folder for the file behind it */
  static mount(path: string, images: string, sizeMiB: number): FailingDevice {
    const disk = SmallDisk.mount(images, 2 * sizeMiB);
    const image = join(images, 'image');
    asRoot('truncate', '-s', `${sizeMiB}M`, image);
    asRoot('mkfs.ext4', '-q', '-F', '-m', '0', image);
    const device = asRoot('losetup', '--find', '--show', image).trim();
    mkdirSync(path, { recursive: true });
    mountDevice(device, path);
    return new FailingDevice(path, disk, device);
  }

  /**
   * Has a file that lies elsewhere read from this device, and nothing else there: a copy of it is mounted over it. It can't be
   * deleted until it is given back.
   */
  mountOver(file: string): void {
    const copy = join(this.path, basename(file));
    copyFileSync(file, copy);
    asRoot('mount', '--bind', copy, file);
    this.#over.push(file);
  }

  /** What lies elsewhere is what it was. */
  giveBack(): void {
    for (const file of this.#over.splice(0)) unmount(file);
  }

  /** From now on, whatever needs the device is an I/O error. */
  fail(): void {
    // What lies in memory would be read from there.
    asRoot('sync', '-f', this.path);
    asRoot('sysctl', '-q', 'vm.drop_caches=3');
    this.#limit(LEFT_BYTES);
  }

  /** The device works again. That is enough if nothing was written meanwhile. */
  recover(): void {
    this.#limit(0);
  }

  /** The device works again, and the file system is checked and mounted anew. */
  repair(): void {
    unmount(this.path);
    this.recover();
    // 1: something was mended.
    asRoot('sh', '-c', `e2fsck -fy ${this.#device} || [ $? -eq 1 ]`);
    mountDevice(this.#device, this.path);
  }

  remove(): void {
    this.giveBack();
    unmount(this.path);
    asRoot('losetup', '--detach', this.#device);
    this.#images.unmount();
  }

  /** LOOP_SET_STATUS64 with another lo_sizelimit (linux/loop.h); 0 is none. */
  #limit(bytes: number): void {
    const program = [
      'import fcntl, struct, sys',
      'device = open(sys.argv[1], "rb")',
      'status = bytearray(fcntl.ioctl(device, 0x4C05, bytes(232)))',
      'struct.pack_into("Q", status, 32, int(sys.argv[2]))',
      'fcntl.ioctl(device, 0x4C04, bytes(status))',
    ].join('\n');
    asRoot('python3', '-c', program, this.#device, `${bytes}`);
  }
}

/**
 * What is only read does not become newer: else that would be written. Without the folder that mkfs and e2fsck make: whose files they
 * are is not the services' business.
 */
function mountDevice(device: string, path: string): void {
  asRoot('mount', '-o', 'noatime', device, path);
  rmSync(join(path, 'lost+found'), { recursive: true, force: true });
}
