import type { AttachedVolume } from './guard/guard.js';
import type { Hypervisor } from './hypervisors/driver.js';
import type { VolumeDirectory } from './volumeDirectory.js';

/** The hypervisor's list, of what has a volume behind it. */
export async function attachedVolumes(
  hypervisor: Hypervisor,
  volumes: VolumeDirectory,
): Promise<AttachedVolume[]> {
  const { attachments } = await hypervisor.look();
  return attachments.flatMap((each) => {
    const volumeId = volumes.volumeOf(each.file);
    return volumeId === undefined ? [] : [{ ...each, volumeId }];
  });
}
