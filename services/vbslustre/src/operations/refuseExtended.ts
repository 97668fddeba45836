import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { FileRecord } from '../metadata/files.js';

/**
 * A copy is of the size that its source had when it was planned. Once the source is pinned it grows no more, but it may have
 * done so just before.
 *
 * @throws {ServiceFault} `IncorrectState`
 */
export function refuseExtended({ id, sizeBytes }: FileRecord, plannedBytes: number): void {
  if (sizeBytes === plannedBytes) return;
  throw new ServiceFault('IncorrectState', `${id} was extended this very moment; try again.`);
}
