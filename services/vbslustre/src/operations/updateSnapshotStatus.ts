import type { Callback, FrontEnd } from '../frontEnd.js';
import { orderEnded } from '../verification.js';

/** A Volume Delegate tells how an order for a snapshot file ended, be it to make, read or delete it (paper, section 4.1 (2)). */
export function updateSnapshotStatus(frontEnd: FrontEnd): Callback<'UpdateSnapshotStatus'> {
  return async ({ snapshotId, orderId, status, message, method, sha256 }, { log }) => {
    log.info('outcome of a snapshot order', {
      snapshotId,
      orderId,
      status,
      outcome: message,
      method,
      sha256,
    });
    const order = { id: snapshotId, orderId };
    const told = { message, method, sha256 };
    for (const table of ['snapshots', 'verifications'] as const) {
      if (await orderEnded(frontEnd, { table, ...order }, status, told)) break;
    }
    return {};
  };
}
