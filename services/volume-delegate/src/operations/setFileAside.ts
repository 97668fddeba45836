import { ServiceFault } from '@vbs-lustre/shared/faults';
import { isId } from '@vbs-lustre/shared/ids';
import { parsePartName } from '@vbs-lustre/shared/partName';
import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { volumeDelegate } from '@vbs-lustre/wsdl';
import type { Jobs } from '../jobs/jobs.js';
import type { VolumeFiles } from '../jobs/volumeFiles.js';
import type { SpaceLedger } from '../storage/space.js';
import { checkId } from './orders.js';

/**
 * Moves a file that belongs to nothing out of the way; it is never deleted, but for what is left of an export, a second name, and a
 * part that is empty. What is not there is fine.
 */
export function setFileAside(
  jobs: Jobs,
  files: VolumeFiles,
  ledger: SpaceLedger,
): Handler<volumeDelegate.VolumeDelegate['SetFileAside']> {
  return async ({ orderId, name }) => {
    checkId('ord', 'orderId', orderId);
    const id = idOf(name);
    if (jobs.isAtWorkOn(id)) {
      throw new ServiceFault('IncorrectState', `An order is at work on ${id}.`);
    }
    // Under its other name the file stays what it is. One that is empty was promised its space by who was killed before that was
    // written down: the order went to another delegate, and has a new part.
    const isPart = name !== id;
    if (isPart && ((await files.isLinked(name)) || (await files.sizeOf(name)) === 0)) {
      await files.remove(name);
      return { orderId };
    }
    if (await files.isClaimed(id)) {
      throw new ServiceFault('IncorrectState', `An instance may have ${id} attached.`);
    }
    // It is a copy of what is there, or a second name of a user's file.
    if (isId('export', id)) await ledger.release(name);
    else await files.setAside(name, orderId);
    return { orderId };
  };
}

/** The volume, snapshot or export that a file is, or is to be. */
function idOf(name: string): string {
  const part = parsePartName(name);
  if (part) return part.id;
  const id = name;
  if (isId('vol', id) || isId('snap', id)) return id;
  throw new ServiceFault('InvalidParameterValue', 'The parameter name is not that of such a file.');
}
