import { fileEnded } from '../fileOutcomes.js';
import type { Callback, FrontEnd } from '../frontEnd.js';
import { failureEvent } from '../volumeExtension.js';

/** A Volume Delegate tells how an order for a volume file ended (paper, section 4.1 (1)). */
export function updateVolumeStatus(frontEnd: FrontEnd): Callback<'UpdateVolumeStatus'> {
  return async ({ volumeId, orderId, status, message }, { log }) => {
    log.info('outcome of a volume order', { volumeId, orderId, status, outcome: message });
    const order = { id: volumeId, orderId };
    const event = await failureEvent(frontEnd, order, status, message);
    await fileEnded(frontEnd.database, 'volumes', order, status, message, event);
    return {};
  };
}
