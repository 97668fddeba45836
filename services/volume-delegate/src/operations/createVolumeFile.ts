import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { volumeDelegate } from '@vbs-lustre/wsdl';
import type { Exchange } from '../exchange/exchange.js';
import type { Jobs } from '../jobs/jobs.js';
import type { Expected } from '../jobs/verify.js';
import type { VolumeTypes } from '../jobs/volumeTypes.js';
import { checkExchange } from './exchangeNames.js';
import { checkId, checkSha256, checkSize, describeJob } from './orders.js';

/** Paper, section 4.1 (1): checks the space, answers, and makes the file in the background with dd or cp. */
export function createVolumeFile(
  jobs: Jobs,
  types: VolumeTypes,
  exchange?: Exchange,
): Handler<volumeDelegate.VolumeDelegate['CreateVolumeFile']> {
  return async (request) => {
    const { snapshotId, snapshotData, importFrom, volumeType, readOnly } = request;
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
      ...(snapshotData && { expected: checkExpected(snapshotData, request) }),
    });
    return describeJob(job);
  };
}

function checkExpected(
  { sha256, sizeBytes }: volumeDelegate.SnapshotData,
  volume: volumeDelegate.CreateVolumeFile,
): Expected {
  if (checkSize(sizeBytes) > volume.sizeBytes || volume.snapshotId === undefined) {
    throw new ServiceFault(
      'InvalidParameterCombination',
      'The data of the snapshot does not fit into the volume.',
    );
  }
  return { sha256: checkSha256('sha256', sha256), bytes: sizeBytes };
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
