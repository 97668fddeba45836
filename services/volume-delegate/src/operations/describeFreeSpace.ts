import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { volumeDelegate } from '@vbs-lustre/wsdl';
import type { SpaceLedger } from '../storage/space.js';

/** What can still be promised, on each target: free space less what is promised and not yet written. */
export function describeFreeSpace(
  ledger: SpaceLedger,
): Handler<volumeDelegate.VolumeDelegate['DescribeFreeSpace']> {
  return async () => {
    const item = await ledger.room();
    const availableBytes = item.reduce((sum, target) => sum + target.availableBytes, 0);
    return { availableBytes, targetSet: { item } };
  };
}
