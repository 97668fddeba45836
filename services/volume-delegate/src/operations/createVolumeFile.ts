import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { volumeDelegate } from '@vbs-lustre/wsdl';
import type { Exchange } from '../exchange/exchange.js';
import type { Jobs } from '../jobs/jobs.js';
import type { VolumeTypes } from '../jobs/volumeTypes.js';
import { checkExchange } from './exchangeNames.js';
import { checkId, checkSize, describeJob } from './orders.js';

/** Paper, section 4.1 (1): checks the space, answers, and makes the file in the background with dd or cp. */
export function createVolumeFile(
  jobs: Jobs,
  types: VolumeTypes,
  exchange?: Exchange,
): Handler<volumeDelegate.VolumeDelegate['CreateVolumeFile']> {
  return async (request) => {
    const { snapshotId, importFrom, volumeType, readOnly } = request;
    if (volumeType !== undefined && !types.has(volumeType)) {
      throw new ServiceFault(
        'Unavailable',
        'This Volume Delegate makes no volumes of this type (any more).',
      );
    }
    const job = await jobs.submit({
      kind: 'createVolume',
      orderId: checkId('ord', 'orderId', request.orderId),
      id: checkId('vol', 'volumeId', request.volumeId),
      sizeBytes: checkSize(request.sizeBytes),
      ...(snapshotId !== undefined && { sourceId: checkId('snap', 'snapshotId', snapshotId) }),
      ...(importFrom && { importFrom: checkImport(importFrom, request, exchange) }),
      ...(volumeType !== undefined && { volumeType }),
      ...(readOnly && { readOnly }),
    });
    return describeJob(job);
  };
}

function checkImport(
  { owner, fileName, sizeBytes }: volumeDelegate.ExchangeFile,
  volume: volumeDelegate.CreateVolumeFile,
  exchange: Exchange | undefined,
): volumeDelegate.ExchangeFile {
  checkExchange(exchange, { owner, fileName });
  if (checkSize(sizeBytes) <= volume.sizeBytes && volume.snapshotId === undefined) {
    return { owner, fileName, sizeBytes };
  }
  throw new ServiceFault('InvalidParameterCombination', 'The file does not fit into the volume.');
}
