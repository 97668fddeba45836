import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { recordEvent } from '../metadata/events.js';
import { setWanted, wantedOf } from '../metadata/fastRestores.js';
import { lockOwnSnapshot } from '../metadata/permissions.js';
import { doOnce } from './doOnce.js';
import { ownSnapshot, tokenUse } from './validate.js';

const DONE = { return: true };

/** Has no volumes of a snapshot kept ready any more: those that are left are deleted in the background. */
export function disableFastSnapshotRestores({
  database,
  instance,
}: FrontEnd): UserOperation<'DisableFastSnapshotRestores'> {
  return async (request, { userId }) => {
    const { snapshotId } = request;
    const use = tokenUse('DisableFastSnapshotRestores', request, userId);
    await doOnce(
      database,
      use,
      snapshotId,
      async (transaction) => {
        await lockOwnSnapshot(transaction, snapshotId, userId);
        await ownSnapshot(transaction, snapshotId, userId);
        if ((await wantedOf(transaction, snapshotId)) === 0) return;
        await setWanted(transaction, snapshotId, 0);
        const reason = 'no volumes are to be kept ready any more';
        const event = { subjectId: snapshotId, action: 'fast-restores-disabled', reason } as const;
        await recordEvent(transaction, { instance, ...event });
      },
      DONE,
    );
    return DONE;
  };
}
