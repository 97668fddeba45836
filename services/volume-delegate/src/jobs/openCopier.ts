import type { Log } from '@vbs-lustre/shared/log';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { run } from '@vbs-lustre/shared/process/run';
import { runIn } from '../runIn.js';
import type { Settings } from '../settings.js';
import type { SharedCopy } from '../split/sharedCopy.js';
import { Copier, convertArgs } from './copier.js';
import type { Pace } from './pace.js';
import type { VolumeFiles } from './volumeFiles.js';

type CopierSettings = Pick<Settings, 'volumeDirectory' | 'commandTimeoutSeconds' | 'qemuImg'>;

/** Of nothing, and to nowhere. */
const TRIAL = 'driver=raw,offset=4096,size=65536,file.driver=null-co,file.size=1048576';

/**
 * What copies files here: qemu-img, or cp where that is not installed, or can't copy as it is told to.
 * @throws {Error} if there is a pace to keep, which cp can't
 * @throws {CommandError} if qemu-img does not work at all
 */
export async function openCopier(
  files: VolumeFiles,
  pace: Pace,
  { volumeDirectory, commandTimeoutSeconds, qemuImg }: CopierSettings,
  log: Log,
  shared?: SharedCopy,
): Promise<Copier> {
  const timeoutMs = commandTimeoutSeconds * 1000;
  const here = runIn(volumeDirectory, timeoutMs);
  const version = await versionOf(qemuImg, timeoutMs);
  const lack =
    version === undefined ? 'it is not installed' : await lackOf(qemuImg, pace, timeoutMs);
  if (lack === undefined) {
    log.info('copies are made by qemu-img', { version });
    return new Copier(files, here, pace, qemuImg, shared);
  }
  if (pace.share !== undefined) {
    throw new Error(
      `maxMiBPerSecond needs ${qemuImg} of QEMU 5.2 or later (Debian: apt install qemu-utils): ${lack}`,
    );
  }
  log.warn('copies are made by cp and not by qemu-img', { version, lack });
  return new Copier(files, here, pace);
}

/** Undefined if it is not installed. @throws {CommandError} */
async function versionOf(qemuImg: string, timeoutMs: number): Promise<string | undefined> {
  try {
    const { stdout } = await run(qemuImg, ['--version'], { timeoutMs });
    return stdout.split('\n')[0];
  } catch (error) {
    if (error instanceof CommandError && error.notFound) return undefined;
    throw error;
  }
}

/** What qemu-img itself says against copying, with all the options that are used. @throws {CommandError} if it does not end by itself */
async function lackOf(
  qemuImg: string,
  { share }: Pace,
  timeoutMs: number,
): Promise<string | undefined> {
  try {
    await run(qemuImg, convertArgs(share, 'none', TRIAL, TRIAL), { timeoutMs });
    return undefined;
  } catch (error) {
    if (error instanceof CommandError && error.exitCode !== undefined) return error.message;
    throw error;
  }
}
