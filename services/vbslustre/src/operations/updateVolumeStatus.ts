import { errorFields } from '@vbs-lustre/shared/log';
import { within } from '@vbs-lustre/shared/waiting';
import { fileEnded } from '../fileOutcomes.js';
import { finishExtension } from '../finishExtension.js';
import type { Callback, FrontEnd } from '../frontEnd.js';
import { failureEvent } from '../volumeExtension.js';

/** The delegate waits for 10 s. */
const ANSWER_WITHIN_MS = 5_000;

/** A Volume Delegate tells how an order for a volume file ended (paper, section 4.1 (1)). */
export function updateVolumeStatus(frontEnd: FrontEnd): Callback<'UpdateVolumeStatus'> {
  return async ({ volumeId, orderId, status, message, method }, { log }) => {
    log.info('outcome of a volume order', { volumeId, orderId, status, outcome: message, method });
    const order = { id: volumeId, orderId };
    const event = await failureEvent(frontEnd, order, status, message);
    await fileEnded(frontEnd.database, 'volumes', order, status, { message, method }, event);
    // At once, not in the reconciler's next round, which does what is not done by then.
    const finished = finishExtension(frontEnd, volumeId).catch((error) =>
      log.error('a machine could not be told of a size', { volumeId, ...errorFields(error) }),
    );
    await within(ANSWER_WITHIN_MS, finished);
    return {};
  };
}
