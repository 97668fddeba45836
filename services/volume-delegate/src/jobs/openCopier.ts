import type { Log } from '@vbs-lustre/shared/log';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { run } from '@vbs-lustre/shared/process/run';
import { runIn } from '../runIn.js';
import type { Settings } from '../settings.js';
import { Copier } from './copier.js';
import type { Pace } from './pace.js';
import type { VolumeFiles } from './volumeFiles.js';

type CopierSettings = Pick<Settings, 'volumeDirectory' | 'commandTimeoutSeconds' | 'qemuImg'>;

/**
 * What copies files here: qemu-img, or cp where that is not installed.
 * @throws {Error} if there is a pace to keep, which cp can't
 * @throws {CommandError} if qemu-img does not work
 */
export async function openCopier(
  files: VolumeFiles,
  pace: Pace,
  { volumeDirectory, commandTimeoutSeconds, qemuImg }: CopierSettings,
  log: Log,
): Promise<Copier> {
  const timeoutMs = commandTimeoutSeconds * 1000;
  const here = runIn(volumeDirectory, timeoutMs);
  try {
    const { stdout } = await run(qemuImg, ['--version'], { timeoutMs });
    log.info('copies are made by qemu-img', { version: stdout.split('\n')[0] });
    return new Copier(files, here, pace, qemuImg);
  } catch (error) {
    if (!(error instanceof CommandError) || !error.notFound) throw error;
    if (pace.share !== undefined) {
      throw new Error(
        `maxMiBPerSecond needs ${qemuImg}, which is not installed (Debian: apt install qemu-utils)`,
      );
    }
    log.info('copies are made by cp: qemu-img is not installed');
    return new Copier(files, here, pace);
  }
}
