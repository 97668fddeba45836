import { ServiceFault } from '@vbs-lustre/shared/faults';
import { isId } from '@vbs-lustre/shared/ids';
import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { volumeDelegate } from '@vbs-lustre/wsdl';
import type { Jobs } from '../jobs/jobs.js';
import type { VolumeFiles } from '../jobs/volumeFiles.js';
import { parsePartName } from '../storage/partName.js';
import { checkId } from './orders.js';

/** Moves a file that belongs to nothing out of the way; it is never deleted. What is not there is fine. */
export function setFileAside(
  jobs: Jobs,
  files: VolumeFiles,
): Handler<volumeDelegate.VolumeDelegate['SetFileAside']> {
  return async ({ orderId, name }) => {
    checkId('ord', 'orderId', orderId);
    const id = idOf(name);
    if (jobs.isAtWorkOn(id)) {
      throw new ServiceFault('IncorrectState', `An order is at work on ${id}.`);
    }
    // Under its other name the file stays what it is.
    if (name !== id && (await files.isLinked(name))) {
      await files.remove(name);
      return { orderId };
    }
    if (await files.isClaimed(id)) {
      throw new ServiceFault('IncorrectState', `An instance may have ${id} attached.`);
    }
    await files.setAside(name, orderId);
    return { orderId };
  };
}

/** The volume or snapshot that a file is, or is to be. */
function idOf(name: string): string {
  const id = parsePartName(name)?.id ?? name;
  if (isId('vol', id) || isId('snap', id)) return id;
  throw new ServiceFault('InvalidParameterValue', 'The parameter name is not that of such a file.');
}
