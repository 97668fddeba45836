import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { recordEvent } from '../metadata/events.js';
import { setWanted, wantedOf } from '../metadata/fastRestores.js';
import { lockOwnSnapshot } from '../metadata/permissions.js';
import { lockOwner } from '../metadata/usage.js';
import { checkQuotas } from '../quotas.js';
import { doOnce } from './doOnce.js';
import { ownSnapshot, tokenUse } from './validate.js';

const DONE = { return: true };

/**
 * Has so many volumes of a snapshot kept ready: they are made in the background, and whoever may use the snapshot gets one at
 * once. They count for the quota of its owner from now on, ready or not.
 */
export function enableFastSnapshotRestores({
  database,
  instance,
  quotas,
  maxWarmClones,
}: FrontEnd): UserOperation<'EnableFastSnapshotRestores'> {
  return async (request, { userId }) => {
    const { snapshotId, count } = request;
    checkCount(count, maxWarmClones);
    const use = tokenUse('EnableFastSnapshotRestores', request, userId);
    await doOnce(
      database,
      use,
      snapshotId,
      async (transaction) => {
        await lockOwner(transaction, userId);
        await lockOwnSnapshot(transaction, snapshotId, userId);
        const { sizeBytes, status } = await ownSnapshot(transaction, snapshotId, userId);
        const more = count - (await wantedOf(transaction, snapshotId));
        const adding = { bytes: Math.max(0, more) * sizeBytes };
        await checkQuotas(transaction, quotas, userId, adding, 'VolumeLimitExceeded');
        if (status !== 'available') throw notAvailable(snapshotId, status);
        if (more === 0) return;
        await setWanted(transaction, snapshotId, count);
        const reason = `${count} volumes are to be kept ready`;
        const event = { subjectId: snapshotId, action: 'fast-restores-enabled', reason } as const;
        await recordEvent(transaction, { instance, ...event });
      },
      DONE,
    );
    return DONE;
  };
}

/** @throws {ServiceFault} `UnsupportedOperation`, `InvalidParameterValue` */
function checkCount(count: number, limit: number): void {
  if (limit === 0) {
    throw new ServiceFault('UnsupportedOperation', 'No volumes of snapshots are kept ready here.');
  }
  if (count >= 1 && count <= limit) return;
  throw new ServiceFault('InvalidParameterValue', `The parameter count must be 1 to ${limit}.`);
}

function notAvailable(id: string, status: string): ServiceFault {
  return new ServiceFault(
    'IncorrectState',
    `${id} is ${status}; only of an available snapshot volumes are kept ready.`,
  );
}
