import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { finishExtension } from '../finishExtension.js';
import type { FrontEnd } from '../frontEnd.js';
import { extendedVolumes } from '../metadata/modifications.js';
import { forEachGroup } from './groups.js';

/**
 * Tells machines of larger volumes that nobody has told them of yet.
 * @param busy volumes that an earlier round is still at work with
 */
export async function reconcileExtensions(
  frontEnd: FrontEnd,
  log: Log,
  busy = new Set<string>(),
): Promise<void> {
  const work = async (volumeId: string): Promise<void> => {
    await finishExtension(frontEnd, volumeId).catch((error) =>
      log.error('a machine could not be told of a size', { volumeId, ...errorFields(error) }),
    );
  };
  await forEachGroup(await extendedVolumes(frontEnd.database), (id) => id, work, busy);
}
