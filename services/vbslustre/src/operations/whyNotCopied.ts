import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { FileRecord } from '../metadata/files.js';
import { refuseModifying } from './refuseModifying.js';

/**
 * Why a volume or snapshot can't be copied now.
 * @param whenWritten what to say of one that a machine may be writing, and what to do
 */
export function whyNotCopied(
  { id, status }: Pick<FileRecord, 'id' | 'status'>,
  whenWritten = 'is attached for writing; detach it first',
): ServiceFault {
  refuseModifying({ id, status });
  const kind = id.startsWith('snap-') ? 'snapshot' : 'volume';
  const reason =
    status === 'available' ? whenWritten : `is ${status}; only an available ${kind} can be copied`;
  return new ServiceFault('IncorrectState', `${id} ${reason}.`);
}
