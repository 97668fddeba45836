import { isId } from '@vbs-lustre/shared/ids';
import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { volumeDelegate } from '@vbs-lustre/wsdl';
import type { Exchange } from '../exchange/exchange.js';
import type { Jobs } from '../jobs/jobs.js';
import { checkExchange } from './exchangeNames.js';
import { checkId, checkSize, describeJob } from './orders.js';

/** Checks the space, answers, and copies the file of a volume or snapshot to a user's folder in the background. */
export function exportFile(
  jobs: Jobs,
  exchange?: Exchange,
): Handler<volumeDelegate.VolumeDelegate['ExportFile']> {
  return async ({ orderId, exportTaskId, sourceId, sizeBytes, owner, fileName }) => {
    checkExchange(exchange, { owner, fileName });
    const job = await jobs.submit({
      kind: 'export',
      orderId: checkId('ord', 'orderId', orderId),
      id: checkId('export', 'exportTaskId', exportTaskId),
      sizeBytes: checkSize(sizeBytes),
      sourceId: isId('snap', sourceId) ? sourceId : checkId('vol', 'sourceId', sourceId),
      ...{ owner, fileName },
    });
    return describeJob(job);
  };
}
