import { fileEnded } from '../fileOutcomes.js';
import type { Callback, FrontEnd } from '../frontEnd.js';

/** A Volume Delegate tells how an order to export a volume or snapshot ended. */
export function updateExportStatus({ database }: FrontEnd): Callback<'UpdateExportStatus'> {
  return async ({ exportTaskId, orderId, status, message }, { log }) => {
    log.info('outcome of an export order', { exportTaskId, orderId, status, outcome: message });
    await fileEnded(database, 'exports', { id: exportTaskId, orderId }, status, { message });
    return {};
  };
}
