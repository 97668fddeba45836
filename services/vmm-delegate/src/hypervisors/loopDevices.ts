import { readdir, readFile, realpath } from 'node:fs/promises';
import { basename } from 'node:path';

/** A block device of this host that has a file behind it, as the kernel says (sysfs). */
export interface LoopDevice {
  /** Such as `loop3`. */
  name: string;
  /** In decimal, such as `7:3`. */
  numbers: string;
  file: string;
  /**
   * Past the page cache: over a Lustre client (2.16 to 2.17 at least) such a device gives wrong data without a word, where a
   * buffered one is right.
   */
  isDirect: boolean;
}

/** Undefined if the device of this name, or these numbers, is none, or has no file any more. */
export async function loopOf(
  device: { name: string } | { numbers: string },
): Promise<LoopDevice | undefined> {
  const path = 'name' in device ? `/sys/block/${device.name}` : `/sys/dev/block/${device.numbers}`;
  const read = (name: string) => readFile(`${path}/${name}`, 'utf8');
  try {
    const [file, dio] = await Promise.all([read('loop/backing_file'), read('loop/dio')]);
    const [real, numbers] = await Promise.all([realpath(path), read('dev')]);
    const name = basename(real);
    const isDirect = dio.trim() === '1';
    return { name, numbers: numbers.trim(), file: file.replace(/\n$/, ''), isDirect };
  } catch {
    // What is none, or is none any more, has no such files; nothing depends on one that the kernel does not show us.
    return undefined;
  }
}

/** The loop devices behind which this file is. */
export async function loopsOf(file: string): Promise<LoopDevice[]> {
  const names = await readdir('/sys/block').catch((): string[] => []);
  const loops = names.filter((name) => name.startsWith('loop'));
  const all = await Promise.all(loops.map((name) => loopOf({ name })));
  return all.filter((loop) => loop !== undefined).filter((loop) => loop.file === file);
}
