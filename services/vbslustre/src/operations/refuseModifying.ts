import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { Volume } from '../metadata/volumes.js';

/** While a volume is extended nothing else is begun with it. @throws {ServiceFault} `IncorrectState` */
export function refuseModifying({ id, status }: Pick<Volume, 'id' | 'status'>): void {
  if (status !== 'modifying') return;
  throw new ServiceFault(
    'IncorrectState',
    `${id} is being extended; wait until its modificationState is completed or failed.`,
  );
}
