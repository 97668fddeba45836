import type { Locks } from '@vbs-lustre/shared/locks';

/** One order at a time for a volume, and for a VM. */
export function exclusively<T>(
  locks: Locks,
  { volumeId, instanceId }: { volumeId: string; instanceId: string },
  work: () => Promise<T>,
): Promise<T> {
  return locks.hold(volumeId, () => locks.hold(`vm ${instanceId}`, work));
}
