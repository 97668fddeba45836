import { ServiceFault } from '@vbs-lustre/shared/faults';
import { isId } from '@vbs-lustre/shared/ids';
import { partName } from '@vbs-lustre/shared/partName';
import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { volumeDelegate } from '@vbs-lustre/wsdl';
import type { RangeWork } from '../split/rangeWork.js';
import { checkId, checkSize } from './orders.js';

/** Copies a range of a file that another delegate makes. */
export function copyRange(ranges: RangeWork): Handler<volumeDelegate.VolumeDelegate['CopyRange']> {
  const { worker } = ranges;
  return async (request) => {
    const part = partOf(request);
    const sourceId = checkSource(request.sourceId);
    if (request.worker === undefined)
      return { worker, state: ranges.isReady ? 'ready' : 'refused' };
    if (request.worker !== worker) return { worker, state: 'unknown' };
    if (request.end) {
      await ranges.end(part);
      return { worker, state: 'ended' };
    }
    const { state, bytesDone } = ranges.ask({ part, sourceId, range: rangeOf(request) });
    return { worker, state, bytesDone };
  };
}

function partOf({ orderId, fileId, sizeBytes, attempt }: volumeDelegate.CopyRange): string {
  const id = isId('snap', fileId) ? fileId : checkId('vol', 'fileId', fileId);
  const bytes = checkSize(sizeBytes);
  try {
    return partName({ id, bytes, orderId: checkId('ord', 'orderId', orderId), attempt });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const sentence = 'The parameter attempt is not 16 hexadecimal digits.';
    throw new ServiceFault('InvalidParameterValue', sentence);
  }
}

function checkSource(sourceId: string): string {
  return isId('snap', sourceId) ? sourceId : checkId('vol', 'sourceId', sourceId);
}

function rangeOf({ from = 0, to = 0, sizeBytes }: volumeDelegate.CopyRange) {
  if (from >= 0 && from < to && to <= sizeBytes) return { from, to };
  throw new ServiceFault(
    'InvalidParameterValue',
    'The parameters from and to are no range of the file.',
  );
}
