import { setTimeout as delay } from 'node:timers/promises';
import type { VBSLustreClient } from '@vbs-lustre/client';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { Narrator } from './narrator.js';

const POLL_MS = 1_000;

/**
 * Detaches what a run that was cut short has left attached: its machines are gone, but a place on a volume is only given
 * back by a detach.
 */
export async function detachLeftovers(alice: VBSLustreClient, tell: Narrator): Promise<void> {
  for (;;) {
    const { volumeSet } = await alice.DescribeVolumes({});
    const [leftover] = volumeSet.item.flatMap(({ attachmentSet }) => attachmentSet.item);
    if (!leftover) return;
    const { volumeId, instanceId, vmm } = leftover;
    await tell
      .did(`DetachVolume ${volumeId}, left by an earlier run`, () =>
        alice.DetachVolume({ volumeId, instanceId, vmm }),
      )
      .catch(async (error) => {
        // An attachment that is on its way ends by itself.
        if (!(error instanceof ServiceFault)) throw error;
        await delay(POLL_MS);
      });
  }
}
