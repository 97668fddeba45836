import { truncate, writeFile } from 'node:fs/promises';
import { run } from '@vbs-lustre/shared/process/run';

const SPARE_MIB = 200;
const COMMAND_MS = 120_000;

/**
 * Makes a disk image with an ext4 file system that holds what a folder holds. It needs no root: nothing is mounted.
 *
 * @throws {CommandError} if mkfs.ext4 is missing or fails
 */
export async function makeDisk(folder: string, image: string): Promise<void> {
  const { stdout } = await run('du', ['-sm', '--', folder], { timeoutMs: COMMAND_MS });
  await writeFile(image, '');
  await truncate(image, (Number.parseInt(stdout, 10) + SPARE_MIB) * 1024 * 1024);
  const layout = ['-q', '-d', folder, '-O', '^has_journal', '-E', 'root_owner=0:0'];
  await run('mkfs.ext4', [...layout, image], { timeoutMs: COMMAND_MS });
}
