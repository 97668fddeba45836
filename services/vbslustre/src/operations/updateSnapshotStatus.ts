import { fileEnded } from '../fileOutcomes.js';
import type { Callback, FrontEnd } from '../frontEnd.js';

/** A Volume Delegate tells how an order for a snapshot file ended (paper, section 4.1 (2)). */
export function updateSnapshotStatus({ database }: FrontEnd): Callback<'UpdateSnapshotStatus'> {
  return async ({ snapshotId, orderId, status, message, method, sha256 }, { log }) => {
    log.info('outcome of a snapshot order', {
      snapshotId,
      orderId,
      status,
      outcome: message,
      method,
      sha256,
    });
    await fileEnded(database, 'snapshots', { id: snapshotId, orderId }, status, {
      message,
      method,
      sha256,
    });
    return {};
  };
}
