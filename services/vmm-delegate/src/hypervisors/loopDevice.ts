import { readFile } from 'node:fs/promises';

/**
 * Whether a block device is a loop device with direct I/O: over a Lustre client (2.16 to 2.17 at least) such a device
 * gives wrong data without a word, where a buffered one is right.
 *
 * @param device its numbers as Xen's block script writes them to xenstore: hexadecimal, such as `7:a`
 */
export async function isDirectLoop(device: string): Promise<boolean> {
  const [major, minor] = device.split(':').map((number) => Number.parseInt(number, 16));
  try {
    const dio = await readFile(`/sys/dev/block/${major}:${minor}/loop/dio`, 'utf8');
    return dio.trim() === '1';
  } catch {
    // No loop device has no such file.
    return false;
  }
}
