import { ServiceFault } from '@vbs-lustre/shared/faults';
import { type BlockAttachment, BusyError, PausedError } from './hypervisors/driver.js';

/** What a user is told of an attach that has failed, and surely left nothing. */
export function attachAdvice(
  failure: Error | undefined,
  { volumeId, device }: { volumeId: string; device: string },
  machine: string,
  left: BlockAttachment | undefined,
): string {
  if (failure instanceof ServiceFault) return failure.message;
  if (failure instanceof PausedError) {
    return `${machine} is paused for a snapshot; attach ${volumeId} when that is made.`;
  }
  if (failure instanceof BusyError) {
    return `The host of ${machine} is busy with other attach orders; attach ${volumeId} again in a minute.`;
  }
  if (left?.flaw !== undefined) {
    return `The host of ${machine} attaches volumes so that their data is not to be trusted; ask its administrator.`;
  }
  return `The hypervisor did not attach ${volumeId} to ${machine}; check that the machine runs and ${device} is free.`;
}
