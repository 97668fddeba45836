import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { FrontEnd } from '../frontEnd.js';
import { usersOf } from '../metadata/users.js';
import { checkMaxResults, MAX_RESULTS } from '../operations/pages.js';
import { usedOf } from '../quotas.js';
import type { AdminOperation } from './administration.js';
import { checkUserId } from './checkUserId.js';

/** Who has what. */
export function describeUsers({ database }: FrontEnd): AdminOperation<'DescribeUsers'> {
  return async ({ userId, maxResults = MAX_RESULTS, nextToken }) => {
    checkMaxResults(maxResults);
    const after = nextToken === undefined ? undefined : userIn(nextToken);
    // One more shows whether there is a next page.
    const users = await usersOf(database, { owner: userId, after, limit: maxResults + 1 });
    const shown = users.slice(0, maxResults);
    const last = shown.at(-1);
    return {
      userSet: {
        item: shown.map((user) => ({
          ...{ userId: user.owner, volumes: user.volumes, snapshots: user.snapshots },
          ...{ gib: usedOf('gib', user), attachments: user.attachments },
          exports: user.exports,
          lastSeenTime: user.lastSeen,
        })),
      },
      nextToken: last && shown.length < users.length ? tokenAfter(last.owner) : undefined,
    };
  };
}

function tokenAfter(userId: string): string {
  return Buffer.from(userId).toString('base64url');
}

/** @throws {ServiceFault} `InvalidNextToken` */
function userIn(token: string): string {
  const userId = Buffer.from(token, 'base64url').toString();
  try {
    checkUserId(userId);
  } catch {
    throw new ServiceFault(
      'InvalidNextToken',
      'The parameter nextToken is none; begin without it.',
    );
  }
  return userId;
}
