import { ServiceFault } from '@vbs-lustre/shared/faults';
import { isSubjectName } from '../administrators.js';

const MAX_LENGTH = 1000;

/** @throws {ServiceFault} `InvalidParameterValue` if nobody can be called so */
export function checkUserId(userId: string): void {
  if (isSubjectName(userId) && userId.length <= MAX_LENGTH) return;
  throw new ServiceFault(
    'InvalidParameterValue',
    'The parameter userId is not a whole subject name such as CN=alice,OU=users,O=VBS-Lustre.',
  );
}
