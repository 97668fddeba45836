import { fileEnded } from '../fileOutcomes.js';
import type { Callback, FrontEnd } from '../frontEnd.js';

/** A Volume Delegate tells how an order for a volume file ended (paper, section 4.1 (1)). */
export function updateVolumeStatus({ database }: FrontEnd): Callback<'UpdateVolumeStatus'> {
  return async ({ volumeId, orderId, status, message }, { log }) => {
    log.info('outcome of a volume order', { volumeId, orderId, status, outcome: message });
    await fileEnded(database, 'volumes', { id: volumeId, orderId }, status, message);
    return {};
  };
}
