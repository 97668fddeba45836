import type { vbslustre } from '@vbs-lustre/wsdl';

/** Everybody. No user id is like this. */
export const ALL = 'all';

export type Grantees = Pick<vbslustre.ModifySnapshotAttribute, 'userIdSet' | 'group'>;

/** @param names user ids, and `all` */
export function toGrantees(names: readonly string[]): Grantees {
  const item = names.filter((name) => name !== ALL).map((userId) => ({ userId }));
  return {
    userIdSet: item.length > 0 ? { item } : undefined,
    group: names.includes(ALL) ? ALL : undefined,
  };
}

/** Whose snapshots are asked for. */
export type Choice = Pick<vbslustre.DescribeSnapshots, 'ownersSet' | 'restorableBySet'>;

export interface ChoiceOptions {
  owner?: readonly string[];
  restorableBy?: string;
}

export function choiceOf({ owner, restorableBy }: ChoiceOptions): Choice {
  return {
    ownersSet: owner && { item: owner.map((each) => ({ owner: each })) },
    restorableBySet: restorableBy === undefined ? undefined : { item: [{ user: restorableBy }] },
  };
}
