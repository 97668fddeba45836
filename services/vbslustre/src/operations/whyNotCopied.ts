import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { FileRecord } from '../metadata/files.js';

/** Why a volume or snapshot can't be copied now. */
export function whyNotCopied({ id, status }: Pick<FileRecord, 'id' | 'status'>): ServiceFault {
  const kind = id.startsWith('snap-') ? 'snapshot' : 'volume';
  const reason =
    status === 'available'
      ? `${id} is attached for writing; detach it first`
      : `${id} is ${status}; only an available ${kind} can be copied`;
  return new ServiceFault('IncorrectState', `${reason}.`);
}
