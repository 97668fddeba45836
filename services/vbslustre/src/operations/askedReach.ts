import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { vbslustre } from '@vbs-lustre/wsdl';
import type { Reach } from '../metadata/snapshots.js';
import { checkUserId, MAX_USERS } from './checkGrantees.js';

type Choice = Pick<vbslustre.DescribeSnapshots, 'ownersSet' | 'restorableBySet' | 'snapshotSet'>;

const SELF = 'self';
const EVERYBODY = 'all';

/**
 * Whose snapshots are asked for.
 * @returns undefined if the caller's own: nobody else's are named, or meant
 * @throws {ServiceFault} `InvalidParameterValue`
 */
export function askedReach(
  { ownersSet, restorableBySet, snapshotSet }: Choice,
  userId: string,
): Reach | undefined {
  const owners = (ownersSet?.item ?? []).map(({ owner }) =>
    owner === SELF ? userId : checkUserId('ownersSet', owner),
  );
  const users = (restorableBySet?.item ?? []).map(({ user }) => user);
  if (owners.length > MAX_USERS) throw invalid(`ownersSet names more than ${MAX_USERS}`);
  if (users.some((user) => user !== SELF && user !== EVERYBODY)) {
    throw invalid(`restorableBySet can have the users ${SELF}, ${EVERYBODY}`);
  }
  const parts = [owners, users, snapshotSet?.item ?? []];
  if (parts.every(({ length }) => length === 0)) return undefined;
  return {
    owners: owners.length > 0 ? owners : undefined,
    isPublic: users.length > 0 && !users.includes(SELF),
  };
}

function invalid(complaint: string): ServiceFault {
  return new ServiceFault('InvalidParameterValue', `The parameter ${complaint}.`);
}
