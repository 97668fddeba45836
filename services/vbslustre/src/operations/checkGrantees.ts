import { ServiceFault } from '@vbs-lustre/shared/faults';
import { subjectNameOf } from '@vbs-lustre/shared/trust/subjectName';
import type { vbslustre } from '@vbs-lustre/wsdl';
import { ALL } from '../metadata/permissions.js';

/** That a request can name. */
export const MAX_USERS = 50;
const ATTRIBUTE = 'createVolumePermission';

/** The only attribute that there is, also if none is named. @throws {ServiceFault} `InvalidParameterValue` */
export function checkAttribute(name: string | undefined): void {
  if (name === undefined || name === ATTRIBUTE) return;
  throw invalid(`attributeName can be ${ATTRIBUTE} alone`);
}

/**
 * Whom a request names: user ids, and `all` for the group, each once.
 * @throws {ServiceFault} `InvalidParameterValue`, `MissingParameter`
 */
export function checkGrantees({
  userIdSet,
  group,
}: Pick<vbslustre.ModifySnapshotAttribute, 'userIdSet' | 'group'>): string[] {
  const userIds = (userIdSet?.item ?? []).map(({ userId }) => userId);
  if (userIds.length > MAX_USERS) throw invalid(`userIdSet names more than ${MAX_USERS}`);
  if (group !== undefined && group !== ALL) throw invalid(`group can be ${ALL} alone`);
  const names = userIds.map((userId) => checkUserId('userIdSet', userId));
  const grantees = [...new Set(group === undefined ? names : [...names, group])];
  if (grantees.length > 0) return grantees;
  throw new ServiceFault(
    'MissingParameter',
    'The parameters userIdSet and group are missing; give one of them.',
  );
}

/** A user id that was written by hand, as user ids are compared. @throws {ServiceFault} `InvalidParameterValue` */
export function checkUserId(parameter: string, written: string): string {
  const userId = subjectNameOf(written);
  if (userId !== undefined) return userId;
  throw invalid(
    `${parameter} has a value that is no subject name, such as CN=bob,OU=users,O=VBS-Lustre`,
  );
}

function invalid(complaint: string): ServiceFault {
  return new ServiceFault('InvalidParameterValue', `The parameter ${complaint}.`);
}
