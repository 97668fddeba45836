import type { vbslustre } from '@vbs-lustre/wsdl';
import type { Kind } from './kind.js';

const granteeOf = ({ userId, group }: vbslustre.Permission): string => userId ?? group ?? '';

/** Whom a snapshot is shared with. */
export const PERMISSIONS: Kind<vbslustre.Permission> = {
  plural: 'permissions',
  columns: [{ heading: 'SHARED WITH', value: granteeOf }],
  fields: (permission) => [granteeOf(permission)],
  json: ({ userId, group }) => ({ userId: userId ?? null, group: group ?? null }),
};

interface SharingChange {
  snapshotId: string;
  operationType: vbslustre.OperationType;
  /** A user id, or `all`. */
  grantee: string;
}

export const SHARING_CHANGES: Kind<SharingChange> = {
  plural: 'changes',
  columns: [
    { heading: 'SNAPSHOT', value: ({ snapshotId }) => snapshotId },
    { heading: 'OPERATION', value: ({ operationType }) => operationType },
    { heading: 'USER', value: ({ grantee }) => grantee },
  ],
  fields: ({ snapshotId, operationType, grantee }) => [snapshotId, operationType, grantee],
  json: (change) => change,
};
